// Runs one bench and tells the parent what it found.
const [name, mode] = process.argv.slice(2)
const quick = mode === '--quick'
// Whoever ends the run ends this, too.
process.on('disconnect', () => process.exit(1))
const { default: bench } = await import(`../${name}.bench.mjs`)
const result = await bench({ quick, rounds: quick ? 3 : 9 })
process.send(result, () => process.exit(0))
