export { bashCompletions as bash } from './bash.js'
export { fishCompletions as fish } from './fish.js'
export { zshCompletions as zsh } from './zsh.js'
