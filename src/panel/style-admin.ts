/** What only the administrators' panel looks like. */
import { STYLE } from './style.ts'

export const ADMIN_STYLE = `${STYLE}
header>div{flex:1 1 9em}
header>button[part]{width:auto;flex:none}
form.search,form.filter{display:grid;gap:.75em;align-items:end;margin-bottom:1em}
form.search{grid-template-columns:1fr auto}
form.filter{grid-template-columns:repeat(auto-fill,minmax(min(16em,100%),1fr));margin:.75em 0 0}
.search label,.filter label{margin:0}
label.check{grid-column:1/-1;grid-template-columns:auto minmax(0,1fr);gap:.5em;align-items:center}
.check input{width:1.25em;min-height:1.25em;accent-color:var(--a)}
.filter .answers{grid-column:1/-1;margin:0}
.events{gap:.25em}
`
