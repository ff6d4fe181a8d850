import { createPatella } from 'patella'
import { mountOnPatella, options } from './gallery.ts'
import { serve } from './serve.ts'

const patella = createPatella(options)
mountOnPatella(patella)
serve('its own server', (port) => patella.listen(port), patella.close)
