import { declareBehaviours } from '../behaviours/behaviour.ts'
import { structure } from '../behaviours/structure.ts'

declareBehaviours(['chromium'], [...structure])
