/** What the script tag makes of the window. */
declare var Patella: typeof import('../../client/index.ts').Patella
