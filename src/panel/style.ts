/**
 * How both panels look: one accent, one danger colour, light and dark; every part and colour is the page's to change.
 */
import { THEME } from './theme.ts'

export function sheet (css: string): CSSStyleSheet {
  const made = new CSSStyleSheet()
  made.replaceSync(css)
  return made
}

export const STYLE = `${THEME}*{box-sizing:border-box}
[hidden],:host([hidden]){display:none!important}
h1,h2,h3,h4,h5,h6,p,ul{margin:0;padding:0}
[part=title]{font-size:1.375em;line-height:1.25;font-weight:650}
.name{font-size:1em;font-weight:600;line-height:1.4}
[part=title],.name,.facts{overflow-wrap:anywhere}
:focus-visible{outline:2px solid var(--a);outline-offset:2px}
.muted,.facts,small{color:var(--m)}
.facts,small,.live,summary,label{font-size:.875em}
small{font-weight:400}
.say{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
svg{display:block;width:1.375em;height:1.375em;fill:none;stroke:currentcolor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
button,input,select{font:inherit;color:inherit;min-height:2.5em;border:1px solid var(--l);border-radius:10px;background:var(--s)}
button{padding:.25em .875em;font-size:.9375em;font-weight:550;cursor:pointer}
button:hover{background:var(--b)}
button[aria-disabled=true]{opacity:.6;cursor:default}
button[aria-busy=true]{border-style:dashed;cursor:progress}
button[part~=danger]{color:var(--d);border-color:color-mix(in srgb,var(--d) 40%,var(--l))}
button[part~=icon]{padding:0;width:2.5em;display:grid;place-items:center;border-color:transparent;color:var(--m);background:none}
[part~=icon] svg{width:1.25em;height:1.25em}
[aria-expanded=true] svg{transform:scaleY(-1)}
input,select{width:100%;font-weight:400;font-size:1rem;padding:0 .75em;border-color:var(--m)}
header{display:flex;flex-wrap:wrap;align-items:end;justify-content:space-between;gap:.75em 1em;margin-bottom:1.25em}
.live{display:inline-flex;align-items:center;gap:.4em;color:var(--m);font-weight:550}
.live::before{content:"";border:.25em solid;border-radius:50%}
.live.open{color:var(--a)}
ul{display:grid;gap:.625em;list-style:none}
.row{display:grid;grid-template-columns:auto minmax(0,1fr) auto;align-items:center;gap:.625em 1em;padding:.875em 1em;background:var(--s);border:1px solid var(--l);border-radius:var(--r)}
.current{border-color:color-mix(in srgb,var(--a) 50%,var(--l))}
.over .name{color:var(--m)}
.over .icon{opacity:.6}
.icon{display:grid;place-items:center;width:2.75em;height:2.75em;border-radius:12px;background:var(--b);color:var(--m)}
.current .icon{color:var(--a)}
.badge{margin-inline-start:.5em;padding:.1em .6em;border:1px solid;border-radius:99px;color:var(--a);font-size:.75em;white-space:nowrap;vertical-align:.1em}
.facts time{white-space:nowrap}
.facts .now{color:var(--a);font-weight:550}
.actions{display:flex;gap:.375em}
details{margin-top:1.5em}
summary{padding:.5em 0;cursor:pointer;font-weight:550;width:fit-content}
ul~button{margin-top:.75em}
.message{position:sticky;bottom:.75em;display:flex;gap:.75em;align-items:center;justify-content:space-between;margin-top:.75em;padding:.625em 1em;background:var(--s);border:1px solid var(--m);border-radius:var(--r)}
label{display:grid;grid-template-columns:minmax(0,1fr);gap:.25em;margin-top:.75em;font-weight:550}
@media (forced-colors:active){
:focus-visible{outline-color:Highlight}
.current{border:2px solid Highlight}
button[aria-disabled=true]{color:GrayText;border-color:GrayText;opacity:1}}
@container (max-width:32em){
header>button{width:100%}
.row{align-items:start;gap:.625em .75em}
.actions{grid-column:1/-1}
.actions>[part~=danger]{flex:1}}
`
