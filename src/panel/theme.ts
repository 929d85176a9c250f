/** The colours, light and dark; each is the page's to change by a custom property. */

export const THEME = `
:host{display:block;color-scheme:light dark;
--a:var(--live-sessions-accent,light-dark(#2f6b5e,#7cc5b0));
--d:var(--live-sessions-danger,light-dark(#b3362b,#f0897f));
--t:var(--live-sessions-text,light-dark(#1b2420,#e8eeea));
--m:var(--live-sessions-muted,light-dark(#5a6761,#9daba4));
--s:var(--live-sessions-surface,light-dark(#fff,#1b211e));
--b:var(--live-sessions-background,light-dark(#f5f6f4,#121614));
--l:var(--live-sessions-line,light-dark(#dde2dd,#323c37));
--r:var(--live-sessions-radius,14px);
color:var(--t);background:var(--b);padding:var(--live-sessions-padding,1.25em);border-radius:var(--r);line-height:1.5;container-type:inline-size}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
:host([theme=page]){color-scheme:inherit}
`
