import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type CaseReport,
  countVerdicts,
  formatCase,
  isFailedCase,
  overallVerdict,
  type Report,
  toHtml,
  toJunit,
  toMarkdown,
  toMarkdownMatrix,
} from '@echosession/conformance'

const HOSTILE = '</script><img src=x onerror=alert(1)> & "quoted" \u0000'

function entry(id: string, parts: Partial<CaseReport> = {}): CaseReport {
  return { id, title: `title of ${id}`, chapter: `${id[0]} Chapter`, verdict: 'OK', durationMs: 12, ...parts }
}

function report(name: string, cases: readonly CaseReport[]): Report {
  return {
    schema: 'echosession-report/1',
    suite: 'wire',
    suiteVersion: '1.2.3',
    seed: 7,
    target: { name },
    runtime: { name: 'node', version: '20.0.0', platform: 'linux', arch: 'x64' },
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1500,
    cases,
  }
}

const BAD = entry('2.1', {
  verdict: 'OK',
  closeVerdict: 'FAILED',
  closeNote: HOSTILE,
  transcript: [
    { atMs: 0.5, kind: 'sent', text: 'TEXT fin 5 B' },
    { atMs: 1, kind: 'received', text: HOSTILE },
  ],
})
const REPORTS = [
  report('one', [entry('1.1'), BAD, entry('3.1', { verdict: 'excluded', note: 'because' })]),
  report('two | three', [entry('1.1', { verdict: 'NON-STRICT' }), entry('2.1', { verdict: 'pass' })]),
]

describe('the report', () => {
  it('counts a case by the worse of its two verdicts', () => {
    assert.equal(overallVerdict(BAD), 'FAILED')
    assert.ok(isFailedCase(BAD) && isFailedCase(entry('1', { verdict: 'fail' })))
    assert.ok(!isFailedCase(entry('1', { verdict: 'unsupported' })))
    const [first] = REPORTS
    assert.deepEqual(first === undefined ? [] : [...countVerdicts(first)], [
      ['OK', 1],
      ['FAILED', 1],
      ['excluded', 1],
    ])
  })

  it('shows a failure with its transcript in text', () => {
    const lines = formatCase(BAD).split('\n')
    assert.equal(lines[0], '2.1 OK / FAILED title of 2.1')
    assert.match(lines.at(-2) ?? '', /0\.5 ms -> TEXT fin 5 B$/)
  })

  it('is a Markdown table of targets, with the failures under it', () => {
    const text = toMarkdown(REPORTS)
    assert.match(text, /^\| Chapter \| one \| two \\\| three \|\n\| --- \| --- \| --- \|\n/)
    assert.match(text, /\| 2 Chapter \| \*\*FAILED\*\* \(1\) \| ok \(1\) \|/)
    assert.match(text, /- one 2\.1 \(title of 2\.1\): /)
    assert.match(toMarkdownMatrix(REPORTS), /\| 3\.1 \| title of 3\.1 \| excluded \| – \|/)
  })

  it('is JUnit XML with failures and skips, escaped', () => {
    const xml = toJunit(REPORTS)
    assert.match(xml, /<testsuite name="wire one" tests="3" failures="1"/)
    assert.match(xml, /<failure type="OK \/ FAILED" message="&lt;\/script&gt;/)
    assert.match(xml, /<skipped message="because"\/>/)
    assert.ok(!xml.includes('\u0000') && !xml.includes('<img'))
    const opened = xml.match(/<(testsuites|testsuite|testcase|failure|system-out)[\s>]/g)?.length
    const closed = xml.match(/<\/(testsuites|testsuite|testcase|failure|system-out)>/g)?.length
    assert.equal(opened, closed)
  })

  it('is one HTML page that needs no network and that nothing in it can break out of', () => {
    const html = toHtml(REPORTS, 'Title <b>')
    assert.ok(!/(src|href)=/.test(html.replace(/<script type="application\/json".*?<\/script>/s, '')))
    assert.ok(!html.includes('<img'))
    assert.match(html, /<title>Title &lt;b&gt;<\/title>/)
    assert.match(html, /prefers-color-scheme:dark/)
    assert.match(html, /name="viewport"/)
    const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? ''
    const data = JSON.parse(json) as Record<string, { wire: string }>
    assert.deepEqual(Object.keys(data), ['0/1.1', '0/2.1', '0/3.1', '1/1.1', '1/2.1'])
    assert.ok(data['0/2.1']?.wire.includes(HOSTILE))
  })

  it('has a table of its own for each suite, whose cells open the case of their target', () => {
    const contract: Report = {
      ...report('three', [entry('ES-1.1', { verdict: 'pass' }), BAD]),
      suite: 'contract',
      contractVersion: '4.5.6',
    }
    const html = toHtml([...REPORTS, contract])
    const [wire = '', clauses = ''] = html.match(/<section>.*?<\/section>/gs) ?? []
    assert.match(wire, /<h2>Wire suite: servers<\/h2>/)
    assert.match(wire, /version 1\.2\.3 .* seed 7/)
    assert.ok(!wire.includes('ES-1.1'))
    assert.match(clauses, /<h2>Contract suite<\/h2>/)
    assert.match(clauses, /contract 4\.5\.6/)
    const cells = [...clauses.matchAll(/data-at="([^"]+)"/g)].map(([, at]) => at)
    assert.deepEqual(cells, ['2/ES-1.1', '2/2.1'])
    assert.ok(!clauses.includes('<td class="none">'))
  })
})
