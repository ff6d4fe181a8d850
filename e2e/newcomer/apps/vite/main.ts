import { type ReflexError, start, stimulate } from 'patella/client'

start()

document.addEventListener('keydown', ({ key }) => {
  if (key === '+') stimulate('counter#increment').catch(({ code }: ReflexError) => console.warn(code))
})
