/** How it looks what opens on a click: dialogs, details, a name that becomes a field. */

export const OPENED_STYLE = `
dialog{width:min(26em,calc(100vw - 2em));padding:1.5em;border:1px solid var(--l);border-radius:var(--r);background:var(--s);color:var(--t)}
dialog::backdrop{background:#000a}
dialog h2{font-size:1.375em;line-height:1.25;font-weight:650}
dialog p{margin-top:.5em}
dialog h2,dd{overflow-wrap:anywhere}
.bad{color:var(--d)}
.bad:empty{display:none}
.answers,.form{display:flex;flex-wrap:wrap;align-items:center;gap:.375em}
.answers{justify-content:end;gap:.625em;margin-top:1.25em}
.form{margin-bottom:.375em}
.form input{flex:1 1 9em;width:0}
.about:has(form)+.actions{display:none}
.about:has(form){grid-column:2/-1}
.deep{grid-column:1/-1;border-top:1px solid var(--l);padding-top:.75em}
.deep>button{margin-top:.75em}
dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.25em 1.25em;margin:0;font-size:.875em}
dt{color:var(--m)}
dd{margin:0}
@container (max-width:32em){
.form input{flex-basis:100%}}
`
