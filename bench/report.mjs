/**
 * Rows of one benchmark, as a table, or with `--json` one object per line and nothing else. `--only <row>` leaves out all but
 * one. A goal that is missed makes the exit code 1.
 * @param {string} bench @param {string} unit
 */
export function createReport(bench, unit) {
  const json = process.argv.includes('--json')
  const only = process.argv[process.argv.indexOf('--only') + 1]
  const wanted = process.argv.includes('--only') ? (name) => name === only : () => true
  const shown = []
  return {
    /** @param {string} name @param {number} value @param {{ goal?: number, peer?: Record<string, number> }} beside */
    row(name, value, { goal, peer } = {}) {
      if (!wanted(name)) return
      shown.push({ name, value, goal, peer })
      if (goal !== undefined && value > goal) process.exitCode = 1
      if (json) process.stdout.write(`${JSON.stringify({ bench, row: name, value, unit, goal, peer })}\n`)
    },
    end() {
      if (json) return
      const peers = [...new Set(shown.flatMap(({ peer }) => Object.keys(peer ?? {})))]
      const line = (name, ...columns) =>
        process.stdout.write(`${name.padEnd(28)}${columns.map((column) => String(column).padStart(16)).join('')}\n`)
      line(bench, `Patella, ${unit}`, 'at most', ...peers)
      for (const { name, value, goal, peer } of shown)
        line(name, format(value), format(goal), ...peers.map((one) => format(peer?.[one])))
    },
  }
}

function format(value) {
  return value === undefined ? '' : value.toLocaleString('en')
}
