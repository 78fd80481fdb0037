import { GROWTH } from '../growth.js'
import type { Sample } from '../measure/sample.js'
import { figuresOf } from '../pattern.js'
import { PATTERNS } from '../patterns.js'
import { type BenchResult, isRoundOf, type MeasuredTarget, type Setting } from '../result.js'
import { BASE } from '../target.js'

/** Says where and how a result was measured. */
export function settingText(setting: Setting): string {
  const { load, seconds } = setting
  return [
    `${setting.startedAt.slice(0, 10)}, ${setting.cpu}, ${setting.cpus} CPUs, ${setting.system}, Node ${setting.node}`,
    `${setting.pinning}; server CPU time from ${setting.cpuSource}`,
    `${setting.rounds} rounds, each of ${setting.runMs} ms of the generator's CPU time after ${setting.warmMs} ms to warm up; ${seconds} s in all`,
    `load of the machine ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after`,
  ]
    .map((part) => `${part}.`)
    .join(' ')
}

function targetsOf(samples: readonly Sample[]): string[] {
  return [...new Set(samples.map(({ target }) => target))].filter((target) => target !== BASE)
}

/** Names what of a result comes from one of its runs: patterns, and targets where others come from another run. */
export function originText({ samples }: BenchResult, setting: Setting): string {
  return [...PATTERNS, ...GROWTH]
    .flatMap(({ name, steps }) => {
      const keys = new Set(figuresOf(steps).map(({ key }) => key))
      const all = samples.filter(({ figure }) => keys.has(figure))
      const own = all.filter(({ round }) => isRoundOf(setting, round))
      const targets = targetsOf(own)
      // Raw `ws` alone has no ratio.
      if (targets.length === 0) return []
      return targets.length === targetsOf(all).length ? [name] : [`${name} (${targets.join(', ')})`]
    })
    .join(', ')
}

/** Lists the versions that a target is made of. */
export function versionsText({ versions }: MeasuredTarget): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}
