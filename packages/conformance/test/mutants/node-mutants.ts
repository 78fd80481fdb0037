import type { MutantTable } from './mutant.js'

/** Engines whose fault shows only where frames still arrive after this side has closed. */
export const CORE_ON_NODE_MUTANTS: MutantTable = {
  package: 'core',
  target: 'node',
  mutants: [
    {
      id: 'delivers-what-comes-late',
      what: 'delivers what comes after close',
      file: 'live-session.js',
      find: '        if (this.#isOver)\n            return false;\n        if (this.#rate',
      replace: '        if (this.#rate',
      kills: ['ES-6.16'],
    },
    {
      id: 'pong-puts-off-the-end',
      what: 'lets what the peer sends put off the end',
      file: 'live-session.js',
      find: '        if (this.#isOver)\n            return false;\n        if (this.#rate',
      replace:
        "        if (this.#isOver) {\n            if (this.#state === 'closing')\n                this.#engine.wheel.schedule(this.#liveness, this.#liveness.closing(this.#engine.clock.now()));\n            return false;\n        }\n        if (this.#rate",
      kills: ['ES-6.11'],
    },
  ],
}

/** Bindings with one fault each. */
export const NODE_MUTANTS: MutantTable = {
  package: 'node',
  target: 'node',
  mutants: [
    {
      id: 'unknown-path-as-426',
      what: 'answers 426 on every path',
      file: 'node-adapter.js',
      find: '.writeHead(404,',
      replace: '.writeHead(426,',
      kills: ['ES-1.3', 'ES-1.41'],
    },
    {
      id: 'refusal-keeps-alive',
      what: 'says that a refused connection stays',
      file: 'answer-lines.js',
      find: '`Connection: close',
      replace: '`Connection: keep-alive',
      kills: ['ES-1.13'],
    },
    {
      id: 'refusal-without-reason-phrase',
      what: 'leaves the reason phrase out',
      file: 'answer-stream.js',
      find: 'const head = [statusLine,',
      replace: "const head = [statusLine.split(' ').slice(0, 2).join(' '),",
      kills: ['ES-1.13'],
    },
    {
      id: 'refused-left-open',
      what: 'leaves a refused connection open',
      file: 'upgrade.js',
      find: '            this.#linger();',
      replace: '            this.#release();',
      kills: ['ES-1.13', 'ES-1.39'],
    },
    {
      id: 'middleware-passed-by',
      what: 'takes upgrades past what the listener is wrapped in',
      file: 'node-adapter.js',
      find: 'binding.attach(server, outer)',
      replace: 'binding.attach(server, listener)',
      kills: ['ES-1.39', 'ES-1.40'],
    },
    {
      id: 'middleware-headers-lost',
      what: 'loses the headers that middleware set for the 101',
      file: 'upgrade.js',
      find: 'this.#lines = linesFor101(lines);',
      replace: '',
      kills: ['ES-1.40'],
    },
    {
      id: 'takes-all-upgrades',
      what: 'answers upgrades that belong to another listener',
      file: 'binding.js',
      find: 'const others = all.length - listeners',
      replace: 'const others = 0 * all.length * listeners',
      kills: ['ES-1.41'],
    },
    {
      id: 'head-lost',
      what: 'loses the bytes that came with the handshake',
      file: 'upgrade.js',
      find: '            this.#keep(head);',
      replace: '            void head;',
      kills: ['ES-2.3', 'ES-2.4'],
    },
    {
      id: 'fragments-limit-off-by-one',
      what: 'takes one fragment more than maxFragments',
      file: 'web-socket-server.js',
      find: '        maxFragments,\n',
      replace: '        maxFragments: maxFragments + 1,\n',
      kills: ['ES-4.4'],
    },
    {
      id: 'fragments-not-joined',
      what: 'takes a message in fragments for a breach of the protocol',
      file: 'web-socket-server.js',
      find: '        maxFragments,\n',
      replace: '        maxFragments: Math.min(2, maxFragments),\n',
      kills: ['ES-3.4', 'ES-4.4'],
    },
    {
      id: 'compression-not-offered',
      what: 'declares compression and agrees to none',
      file: 'web-socket-server.js',
      find: 'perMessageDeflate: compression ? DEFLATE : false',
      replace: 'perMessageDeflate: false',
      kills: ['ES-4.3'],
    },
    {
      id: 'breach-as-1008',
      what: 'reports a frame without a mask as 1008',
      file: 'web-socket-port.js',
      find: 'WS_ERR_EXPECTED_MASK: 1002',
      replace: 'WS_ERR_EXPECTED_MASK: 1008',
      kills: ['ES-6.12'],
    },
  ],
}
