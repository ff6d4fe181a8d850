import { startRedis } from '../../scripts/services/redis.mjs'
import { sessionPromises } from './promises.ts'

sessionPromises('redis', () => startRedis())
