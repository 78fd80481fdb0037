import type { MeasuredTarget, Setting } from '../result.js'

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

/** Lists the versions that a target is made of. */
export function versionsText({ versions }: MeasuredTarget): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}
