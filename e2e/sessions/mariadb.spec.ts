import { startMariadb } from '../../scripts/services/mariadb.mjs'
import { sessionPromises } from './promises.ts'

sessionPromises('mariadb', () => startMariadb())
