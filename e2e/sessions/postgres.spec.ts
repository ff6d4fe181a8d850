import { startPostgres } from '../../scripts/services/postgres.mjs'
import { sessionPromises } from './promises.ts'

sessionPromises('postgres', () => startPostgres())
