import { startMemcached } from '../../scripts/services/memcached.mjs'
import { sessionPromises } from './promises.ts'

sessionPromises('memcached', () => startMemcached())
