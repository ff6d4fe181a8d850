/**
 * Rows of one benchmark, as a table, or with `--json` one object per line and nothing else. `--only <row>` leaves out all but
 * one. A goal that is missed makes the exit code 1.
 * @param {string} bench @param {string} unit
 * @param {{ ratioTo?: string }} options the peer of whose value each is told as a ratio; in the table also that to the best
 */
export function createReport(bench, unit, { ratioTo } = {}) {
  const json = process.argv.includes('--json')
  const only = process.argv[process.argv.indexOf('--only') + 1]
  const wanted = process.argv.includes('--only') ? (name) => name === only : () => true
  const shown = []
  return {
    /** Whether a row is asked for: what takes long need not be measured for nothing. */
    wanted,
    /** @param {string} name @param {number} value @param {{ goal?: number, peer?: Record<string, number> }} beside */
    row(name, value, { goal, peer } = {}) {
      if (!wanted(name)) return
      const ratio = ratioOf(value, peer?.[ratioTo])
      shown.push({ name, value, goal, peer, ratio })
      if (goal !== undefined && value > goal) process.exitCode = 1
      if (json) process.stdout.write(`${JSON.stringify({ bench, row: name, value, unit, ratio, goal, peer })}\n`)
    },
    end() {
      if (json) return
      const peers = [...new Set(shown.flatMap(({ peer }) => Object.keys(peer ?? {})))]
      const line = (name, ...columns) =>
        process.stdout.write(`${name.padEnd(28)}${columns.map((column) => String(column).padStart(16)).join('')}\n`)
      const ratios = ratioTo ? ['of the best', `of ${ratioTo}`] : []
      line(bench, `Patella, ${unit}`, 'at most', ...peers, ...ratios)
      for (const { name, value, goal, peer, ratio } of shown) {
        const best = ratioOf(value, Math.min(...Object.values(peer ?? {})))
        const columns = ratioTo ? [best, ratio] : []
        line(name, ...[value, goal, ...peers.map((one) => peer?.[one]), ...columns].map(format))
      }
    },
  }
}

function ratioOf(value, other) {
  return other && Math.round((value / other) * 1_000) / 1_000
}

function format(value) {
  return value === undefined ? '' : value.toLocaleString('en')
}
