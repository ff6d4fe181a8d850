import { declareBehaviours } from '../behaviours/behaviour.ts'
import { focus } from '../behaviours/focus.ts'
import { forms } from '../behaviours/forms.ts'
import { state } from '../behaviours/state.ts'
import { structure } from '../behaviours/structure.ts'

declareBehaviours(['chromium'], [...structure, ...focus, ...forms, ...state])
