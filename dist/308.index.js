export const id=308;export const ids=[308];export const modules={84308:(e,t,a)=>{a.r(t),a.d(t,{report:()=>html_report_report});var n=a(76760),r=a(51455),o=a(75087),i=a(43671),l=a(43544),s=a(47180),d=a(93964),c=a(42983),m=a(46295);let u=class FileHistory{paths=[];contents=[];differences=[];#e=new Map;#t=new Map;#a=new Map;#n=new Map;add(e){let t=0,a=new Map;for(let n of e){let e=this.#a.size;a.set(this.#r(n.path),this.#o(n)),(0,m.q)(n)&&this.#a.size>e&&(t+=n.size)}let n=Int32Array.from(differencesOf(this.#n,a)),r=1===this.differences.push(n);return this.#n=a,{newBytes:t,changes:r?null:this.#i(n)}}#i(e){let t={added:0,removed:0,changed:0,renamed:0};for(let{status:a}of changesOf(e,this.paths,this.contents))t[a]++;return t}#r(e){let t=numberOf(e,this.#e);return t===this.paths.length&&this.paths.push(e),t}#o(e){let t=(0,m.q)(e)&&e.executable?"executable":e.kind,a=numberOf(bytesOf(e),this.#a),n=numberOf(`${t}:${a}`,this.#t);return n===this.contents.length&&this.contents.push([t,(0,m.q)(e)?e.size:0,a]),n}};function bytesOf(e){return(0,m.q)(e)?`file:${Buffer.from(e.blake3).toString("latin1")}`:"symlink"===e.kind?`symlink:${e.target}`:e.kind}function numberOf(e,t){let a=t.get(e)??t.size;return a===t.size&&t.set(e,a),a}function differencesOf(e,t){let a=[];for(let[n,r]of t){let t=e.get(n)??-1;t!==r&&a.push(n,t,r)}for(let[n,r]of e)t.has(n)||a.push(n,r,-1);return a}function applyDifferences(e,t){for(let a=0;a<t.length;a+=3){let n=t[a+2];-1===n?e.delete(t[a]):e.set(t[a],n)}}function changesOf(e,t,a){let n=[],r=new Set,o=new Set;for(let t of Array.from({length:e.length/3},(e,t)=>3*t).sort((t,a)=>e[t]-e[a])){let[a,i,l]=[e[t],e[t+1],e[t+2]];-1===i?o.add({status:"added",path:a,from:a,before:i,after:l}):-1===l?r.add({status:"removed",path:a,from:a,before:i,after:l}):n.push({status:"changed",path:a,from:a,before:i,after:l})}for(let e of[e=>t[e].slice(t[e].lastIndexOf("/")+1),(e,t)=>a[t][0],()=>""]){let keyOf=(t,n)=>`${a[n][2]}:${e(t,n)}`,t=new Map;for(let e of r){if(0===a[e.before][1])continue;let n=keyOf(e.path,e.before),r=t.get(n);r?r.push(e):t.set(n,[e])}for(let e of t.values())e.reverse();for(let e of o){let a=t.get(keyOf(e.path,e.after))?.pop();void 0!==a&&(r.delete(a),o.delete(e),n.push({...e,status:"renamed",from:a.path,before:a.before}))}}return[...n,...o,...r]}var p=a(52978),f=a(71630),h=a(40533),g=a(91148),b=a(92700);async function reportInfospace(e,t={}){let a=await (0,h.t)(e);if(t.registry)return gather(a,t.registry,t);let n=await (0,g.openRegistry)(a.root,t,"read");try{return await gather(a,n,t)}finally{await n.close()}}async function gather({root:e,slug:t,title:a},n,{onProgress:r,signal:o}){let i=new Map((await (0,p.vY)(e)).map(e=>[e.package_id,withoutFalseCounts(e)])),l=[...await n.listPackages({subject:t}),...await n.listTombstones()].filter(({id:e,subject:a})=>a===t&&!i.has(e)).map(f.sw),c=[...i.values(),...l].sort((e,t)=>timeOf(e)-timeOf(t)),m=await (0,b.rL)(c,n),h=new Map((await n.listNotes()).filter(({amendedAt:e})=>null!==e).map(({packageId:e,note:t})=>[e,t])),g=new u,w=n.manifestReader(),y=[],v={files:0,bytes:0,...totalOf(m)};for await(let{record:e,manifest:t}of(0,d.M)(m,8,async e=>({record:e,manifest:await (0,s.Eu)(o,readManifest(e,w))}))){let a=h.get(e.package_id)??e.note;y.push(reported({...e,note:a},t,g)),v.files+=e.file_count??0,v.bytes+=e.total_bytes??0,r?.({...v})}let $=new Set(y.map(e=>e.package_id)),k=(await n.listHolds()).filter(({packageId:e})=>$.has(e));return{subject:t,title:a,madeAt:new Date().toISOString(),packages:y,holds:k,files:g}}function totalOf(e){let sum=t=>e.reduce((e,a)=>e+(a[t]??0),0);return{totalFiles:sum("file_count"),totalBytes:sum("total_bytes")}}function withoutFalseCounts(e){let t={...e};for(let a of["file_count","total_bytes"])(0,c.my)(e[a])||Reflect.deleteProperty(t,a);return t}function timeOf({created_at:e}){return Date.parse(e)||0}async function readManifest({package_id:e,retention:t},a){if(null!==t)try{return await a(e)}catch(e){if(e instanceof o.di&&"STORE_UNAVAILABLE"!==e.code)return e;throw e}}function reported(e,t,a){let n=e.note??null;return void 0===t?{...e,note:n,added:null,unreadable:null}:t instanceof o.di?{...e,note:n,added:null,unreadable:t.message}:{...e,note:n??t.package.metadata.note??null,added:a.add(t.files),unreadable:null}}var w=a(21621);let y=class Html{text;constructor(e){this.text=e}};function html(e,...t){return new y(String.raw({raw:e},...t.map(textOf)))}function html_name(e){return html`<bdi>${(0,w.g$)(String(e))}</bdi>`}function embeddedJson(e){return new y(JSON.stringify(e).replaceAll("<","\\u003c"))}let v={"&":"&amp;","<":"&lt;",">":"&gt;",'"':"&quot;","'":"&#39;","\r":"&#13;"};function textOf(e){return null===e?"":e instanceof y?e.text:"object"==typeof e?e.map(textOf).join(""):String(e).replace(/[&<>"'\r]/g,e=>v[e])}var $=a(77598);function pagePolicy(e,t=[]){return["default-src 'none'",...void 0===e.script?[]:[`script-src ${digestOf(e.script)}`],`style-src ${digestOf(e.style)}`,...t,"base-uri 'none'"].join("; ")}function digestOf(e){return`'sha256-${(0,$.createHash)("sha256").update(e).digest("base64")}'`}let k=`
:root {
  color-scheme: light dark;
  --ground: #f6f7f8; --card: #ffffff; --text: #1b1f24; --quiet: #59616b; --line: #e1e4e8; --control: #858d97;
  --accent: #0a66a3; --fresh: #0a6aa8; --known: #8496a8; --area: #0a6aa826; --fine: #dff3e4; --fine-text: #155a2b;
  --held: #fdeccb; --held-text: #70450a; --alarm: #fde3e0; --alarm-text: #9b1c12; --badge: #e9ecef;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1216; --card: #171b21; --text: #e7eaee; --quiet: #a1aab5; --line: #2a3038; --control: #6f7985;
    --accent: #74b9f2; --fresh: #58a9ea; --known: #657586; --area: #58a9ea2e; --fine: #143523; --fine-text: #8fdcab;
    --held: #40300f; --held-text: #f3ca7c; --alarm: #471d19; --alarm-text: #ffb0a6; --badge: #2a3038;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 2.5rem) 3rem; max-width: 76rem; background: var(--ground); color: var(--text);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
h1, h2, h3, p, dl, dd, ul, figure { margin: 0; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -0.02em; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; letter-spacing: -0.01em; margin: 3rem 0 1rem; scroll-margin-top: 1rem; }
h3 { font-size: 0.9375rem; font-weight: 600; }
section > h3 { margin: 1.75rem 0 0.75rem; }
a { color: var(--accent); text-underline-offset: 0.2em; }
small { display: block; font-size: 0.8125rem; color: var(--quiet); }
code { font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
.quiet, footer { color: var(--quiet); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
time { font-variant-numeric: tabular-nums; white-space: nowrap; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
html:not(.js) .scripted { display: none; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.5rem 1rem; background: var(--card); border-radius: 6px; z-index: 1; }
.skip:focus { top: 1rem; }
.kicker { color: var(--quiet); font-size: 0.8125rem; font-weight: 600; letter-spacing: 0.06em; text-transform: uppercase; }
header .quiet { margin-top: 0.25rem; }
nav ul, .legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
nav { margin: 1rem 0 1.75rem; }
nav a { display: inline-block; padding: 0.25rem 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1px; overflow: hidden; background: var(--line); border: 1px solid var(--line); border-radius: 12px; }
.tiles > div { background: var(--card); padding: 1rem; }
.tiles dt { color: var(--quiet); font-size: 0.8125rem; }
.tiles dd { font-size: 1.1875rem; font-weight: 600; line-height: 1.4; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.tiles small { font-weight: 400; letter-spacing: 0; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; margin-bottom: 0.75rem; }
.figures figure { padding: 1.25rem; min-width: 0; }
.legend { margin: 0.25rem 0 1rem; font-size: 0.8125rem; color: var(--quiet); gap: 0.125rem 1rem; }
.legend li { display: flex; align-items: center; gap: 0.4rem; }
.key { width: 0.7rem; height: 0.7rem; }
.plot { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: 0.6rem; font-size: 0.75rem; color: var(--quiet); }
.plot > svg { width: 100%; height: 12rem; overflow: visible; }
/* Each label is centred on its line. */
.ticks { display: flex; flex-direction: column; justify-content: space-between; margin: -0.5rem 0; line-height: 1rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.range { grid-column: 2; display: flex; justify-content: space-between; gap: 0.3em; margin-top: 0.5rem; flex-wrap: wrap; }
.plot .range:not(:has(span)) { justify-content: start; }
.grid line { stroke: var(--line); vector-effect: non-scaling-stroke; }
.fresh, rect.distinct { fill: var(--fresh); }
.known { fill: var(--known); }
rect.gone { fill: none; stroke: var(--known); stroke-dasharray: 3 2; vector-effect: non-scaling-stroke; }
g:hover > rect { filter: brightness(1.15); }
.area { fill: var(--area); }
polyline { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
polyline.total { stroke: var(--known); }
polyline.distinct { stroke: var(--fresh); }
rect.total { fill: var(--known); }

table { width: 100%; border-collapse: collapse; }
th { font-weight: 600; text-align: left; }
th.number { text-align: right; }
thead th { color: var(--quiet); font-size: 0.8125rem; font-weight: 500; white-space: nowrap; }
th, td { padding: 0.7rem 1rem; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
tbody tr:last-child > * { border-bottom: 0; }
.scroll { overflow-x: auto; }
.scroll td, .scroll th { overflow-wrap: break-word; }
details > .scroll { max-height: 24rem; overflow-y: auto; margin-top: 0.5rem; }

.timeline { border-collapse: separate; border-spacing: 0; }
.timeline tbody th { width: 7.5rem; }
.timeline th small { font-weight: 400; }
.timeline .note { font-weight: 600; }
.timeline tr.gone { color: var(--quiet); }
.timeline .kept { width: 16rem; }
.hold { margin-top: 0.35rem; padding-left: 0.6rem; border-left: 2px solid var(--held-text); }
p.alarm { color: var(--alarm-text); }
.changes { display: inline-flex; flex-wrap: wrap; gap: 0 0.6rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge { display: inline-block; padding: 0 0.5rem; border-radius: 999px; background: var(--badge); color: var(--text); font-size: 0.8125rem; font-weight: 500; white-space: nowrap; }
.badge.fine { background: var(--fine); color: var(--fine-text); }
.badge.held { background: var(--held); color: var(--held-text); }
.badge.alarm { background: var(--alarm); color: var(--alarm-text); }
.more { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0.25rem 1rem; margin-top: 0.25rem; }
.more details[open] { flex-basis: 100%; }
.more dl { margin: 0.5rem 0; font-size: 0.8125rem; }
.more dt { color: var(--quiet); }
.more dd { margin-bottom: 0.4rem; }
.command { display: block; padding: 0.5rem 0.75rem; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; user-select: all; }
summary { cursor: pointer; color: var(--quiet); }
summary code { color: inherit; }
section > details > summary { padding: 0.25rem 0; }

button, select { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--control); border-radius: 6px; padding: 0.3rem 0.75rem; max-width: 100%; min-height: 2rem; }
button { cursor: pointer; }
button:hover { border-color: var(--text); }
.more button { font-size: 0.8125rem; padding: 0.1rem 0.6rem; min-height: 1.75rem; }
button.copied { border-color: var(--fine-text); color: var(--fine-text); }
button.copied::after { content: " \u2713" / ""; }
.filters { display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; align-items: end; padding: 1rem 1.25rem; }
.filters label { display: grid; gap: 0.25rem; flex: 1 1 9rem; min-width: 0; color: var(--quiet); font-size: 0.8125rem; }
.filters label:first-child { flex-basis: 15rem; }
input { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--control); border-radius: 6px; padding: 0.3rem 0.6rem; min-height: 2rem; width: 100%; }
input::placeholder { color: var(--quiet); opacity: 1; }
.filters + #found { margin: 0.75rem 0; min-height: 1.5em; }
[hidden] { display: none !important; }
.listed { margin-top: 0.25rem; }
.listed input { max-width: 24rem; margin-top: 0.5rem; }
.paths { margin: 0.5rem 0; padding: 0; list-style: none; max-height: 24rem; overflow-y: auto; }
.paths small { display: inline; }
.paths ol { margin: 0.25rem 0 0.5rem; padding-left: 2rem; color: var(--quiet); font-size: 0.8125rem; }
button.path { border: 0; background: none; padding: 0.1rem 0; min-height: 1.5rem; text-align: left; overflow-wrap: anywhere; text-decoration: underline dotted; font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.probe { grid-column: 2; }
input[type="range"] { padding: 0; border: 0; accent-color: var(--fresh); width: 100%; min-height: 1.5rem; }
.value { color: var(--text); min-height: 2.25em; }
.compare { padding: 1.25rem; }
.compare form { display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; align-items: end; }
.compare label { display: grid; gap: 0.25rem; flex: 1 1 14rem; min-width: 0; color: var(--quiet); font-size: 0.8125rem; }
.compare select { width: 100%; font-size: 0.9375rem; text-overflow: ellipsis; }
#compared { margin-top: 1rem; font-weight: 600; }
#changes details { margin-top: 1rem; }
#changes summary { color: var(--text); font-weight: 600; }
#changes td, #changes th { padding: 0.35rem 0; }
#changes td + td, #changes th + th { padding-left: 1rem; }
#changes .path { width: 100%; font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
#changes .path + .path, #changes tr:has(.path + .path) .path { width: 50%; }
#changes .number { vertical-align: baseline; }
.count { color: var(--quiet); font-weight: 400; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 0.8125rem; }

@media (max-width: 60rem) {
  .timeline, .timeline tbody, .timeline tr, .timeline th, .timeline td { display: block; width: auto; }
  .timeline thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden; }
  .timeline tbody tr { padding: 0.9rem 1rem; border-bottom: 1px solid var(--line); }
  .timeline tbody tr:last-child { border-bottom: 0; }
  .timeline th, .timeline td, .timeline tbody .kept, .timeline tbody th { padding: 0.1rem 0; border: 0; width: auto; text-align: left; }
  .timeline td[data-label]::before { content: attr(data-label) / ""; display: inline-block; width: 5.5rem; color: var(--quiet); }
  .timeline small { display: inline; margin-left: 0.4rem; }
  .timeline .package { padding-bottom: 0.4rem; }
  .timeline .hold { margin-left: 0; }
}
@media (max-width: 30rem) {
  h1 { font-size: 1.625rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tiles > div { padding: 0.75rem 0.9rem; }
  .scroll th, .scroll td { padding: 0.5rem 0.6rem; }
}
@media print {
  :root { --ground: #fff; --card: #fff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip, .compare, #compare, button, .filters, .probe { display: none; }
  .card, figure, .timeline tr { break-inside: avoid; }
}
`,x=[["year",315576e5],["month",2630016e3],["day",864e5],["hour",36e5],["minute",6e4]],O=new Intl.RelativeTimeFormat("en"),S=["Jan","Feb","Mar","Apr","May","Jun","Jul","Aug","Sep","Oct","Nov","Dec"];function day(e){return(0,c.K8)(e)?times_element(e,html`${plainDay(e)}`):html_name(e)}function minute(e){return(0,c.K8)(e)?times_element(e,html`${plainMinute(e)}`):html_name(e)}function dayAndTime(e){return(0,c.K8)(e)?times_element(e,html`${plainDay(e)} <small>${clock(e)}</small>`):html_name(e)}function plainDay(e){if(!(0,c.K8)(e))return(0,w.g$)(e);let t=new Date(e);return`${t.getUTCDate()} ${S[t.getUTCMonth()]} ${t.getUTCFullYear()}`}function plainMinute(e){return(0,c.K8)(e)?`${plainDay(e)}, ${clock(e)}`:(0,w.g$)(e)}function times_element(e,t){return html`<time datetime="${e}" title="${e}">${t}</time>`}function clock(e){return`${new Date(e).toISOString().slice(11,16)} UTC`}function relative(e,t){let a=Date.parse(e)-Date.parse(t),n=x.find(([,e])=>Math.abs(a)>=e);if(void 0===n)return"now";let[r,o]=n;return O.format(Math.trunc(a/o),r)}function retentionWord({holds:e,expiredAt:t,eligible:a}){return e.length>0?"on hold":a?null===t?"eligible":"expired":"kept"}function keptCell({retention:e,disposal:t},a,n){if(null!==t){let{disposedAt:e,disposedBy:a,reason:n}=t;return html`<span class="badge">disposed</span> ${day(e)} by ${html_name(a)}<p class="quiet">${html_name(n)}</p>`}if(null===e)return html`<span class="badge">not in this store</span>`;let{expiresAt:r,holds:o}=e,i=retentionWord(e),l=null===r?html`never expires`:html`${r>n?"until":"expired"} ${day(r)}`,s=null===r?html_name(a):html`${relative(r,n)}, ${html_name(a)}`;return html`<span class="badge ${"on hold"===i?"held":"kept"===i?"fine":"alarm"}">${i}</span> ${l}<small>${s}</small>${o.map(({reason:e,actor:t,until:a})=>html`<p class="hold">${html_name(e)} <span class="quiet">by ${html_name(t)}${null===a?null:html` until ${day(a)}`}</span></p>`)}`}function restoreCommandLine(e,{root:t,storeRoot:a},n){let r=["infospace-archive","restore",e,...void 0===a?["--from",t]:["--store-root",a]].map(shellQuoted);return`${r.join(" ")} --target ${n}`}function shellQuoted(e){return/^[\w@%+=:,./-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`}function restoreCommand(e,t){return restoreCommandLine(e,t,"restored")}function renderTimeline(e,t,a){if(0===e.packages.length)return html`<p>There are no packages yet.</p>`;let n=new Map(a.map((e,t)=>[e,t])),r=e.packages.toReversed().map(a=>row(a,e,t,n.get(a)));return html`<form class="scripted filters card" id="find" role="search">
    <label>Search <input type="search" id="search" placeholder="note, class, hold, digest"></label>
    <label>Sort <select id="sort"><option value="newest">newest</option><option value="oldest">oldest</option><option value="size">largest</option><option value="entries">most entries</option></select></label>
  </form><p id="found" class="scripted quiet" role="status"></p>
  <table class="timeline card" role="table" aria-labelledby="packages">
    <thead role="rowgroup"><tr role="row">
      ${["Made","Package","Changes","Entries","Size","Kept"].map((e,t)=>html`<th scope="col" role="columnheader"${3===t||4===t?html` class="number"`:null}>${e}</th>`)}
    </tr></thead>
    <tbody role="rowgroup">${r}</tbody>
  </table>`}function row(e,t,a,n){let{created_at:r,note:o,subject:i,added:l,unreadable:s,total_bytes:d,file_count:c}=e,m=null!==e.retention;return html`<tr role="row" data-size="${d??0}" data-entries="${c??0}"${m?null:html` class="gone"`}>
    <th scope="row" role="rowheader">${dayAndTime(r)}</th>
    <td role="cell" class="package">
      ${null===o?null:html`<p class="note">${html_name(o)}</p>`}
      ${i===t.subject?null:html`<p class="quiet">subject ${html_name(i)}</p>`}
      ${null===s?null:html`<p class="alarm">Its file list cannot be read: ${html_name(s)}</p>`}
      ${void 0===n?null:html`<details class="scripted listed" data-files="${n}"><summary>Files<span class="visually-hidden"> of the package of ${plainMinute(r)}</span></summary></details>`}
      ${details(e,m&&null===s?restoreCommand(e.package_id,a):void 0)}
    </td>
    <td role="cell" data-label="Changes">${changesCell(e,n)}</td>
    <td role="cell" data-label="Entries" class="number">${void 0===c?"":(0,w.ZV)(c)}</td>
    <td role="cell" data-label="Size" class="number">${void 0===d?"":(0,w.z3)(d)}${null===l?null:html`<small>${(0,w.z3)(l.newBytes)} new</small>`}</td>
    <td role="cell" data-label="Kept" class="kept">${keptCell(e,e.retention_class,t.madeAt)}</td>
  </tr>`}function details(e,t){let a=`the package of ${plainMinute(e.created_at)}`,n=[["Package id",e.package_id],["Manifest digest",e.manifest_digest],["Content digest",e.content_digest],["Producer",e.producer]],r=void 0===t?null:html`<dt>Restore</dt><dd><code class="command">${t}</code></dd>`;return html`<div class="more">
    <details><summary>${shortDigest(e)}<span class="visually-hidden"> and how to restore ${a}</span></summary>
      <dl>${n.filter(([,e])=>void 0!==e).map(([e,t])=>html`<dt>${e}</dt><dd><code>${html_name(t)}</code></dd>`)}${r}</dl>
    </details>${void 0===t?null:html`<button type="button" class="scripted" data-copy="${t}">Copy restore command<span class="visually-hidden"> of ${a}</span></button>`}
  </div>`}function shortDigest({manifest_digest:e}){let[t,a=""]=e.split(":");return html`<code title="${(0,w.g$)(e)}">${html_name(`${t}:${a.slice(0,12)}\u2026`)}</code>`}function changesCell({added:e},t){if(null===e)return html`<span class="quiet">\u2013</span>`;let{changes:a}=e;if(null===a)return html`<span class="quiet">first file list</span>`;let n=[["added","+",a.added],["changed","~",a.changed],["removed","\u2212",a.removed],["renamed","\u2192",a.renamed]].filter(([,,e])=>e>0).map(([e,t,a])=>html`<span class="${e}"><span aria-hidden="true">${t}</span>${(0,w.ZV)(a)}<span class="visually-hidden"> ${e}</span></span> `);return 0===n.length?html`<span class="quiet">none</span>`:void 0===t||0===t?html`<span class="changes">${n}</span>`:html`<a class="changes" href="#compare" data-after="${t}">${n}</a>`}function labelOf({created_at:e,note:t}){return null===t?plainMinute(e):`${plainMinute(e)}, ${t}`}function renderComparison(e,t){let a=0===t.leftOut?null:html`<p class="quiet">The file lists of the ${(0,w.B4)(t.leftOut,"oldest package")} were left out, to keep this page small.</p>`;if(e.length<2)return html`<p class="quiet">No two packages here can be compared by their files.</p>${a}`;let n=e.map((e,t)=>html`<option value="${t}">${(0,w.g$)(labelOf(e))}</option>`).reverse();return html`<noscript><p>Only the comparison needs JavaScript.</p></noscript>
    <div class="scripted card compare">
      <form>
        <label>From <select id="before">${n}</select></label>
        <label>To <select id="after">${n}</select></label>
        <button type="button" id="swap">Swap</button>
      </form>
      <p id="compared" role="status"></p>
      <div id="changes"></div>
    </div>${a}`}function embeddedLists(e,t){let a={labels:e.map(e=>(0,w.g$)(labelOf(e))),paths:t.paths.map(w.g$),contents:t.contents,differences:t.differences};return html`<script type="application/json" id="file-lists">${embeddedJson(a)}</script>`}a(74404),a(75480);function chooseFileLists(e,t=4e6){let a=firstWithin(e,t),n=e.differences.slice(a).map((t,n)=>0===n?stateAt(e,a):t),r=sortedPaths(n,e),o={paths:new Map(r.map((e,t)=>[e,t])),contents:new Map},i=n.map(e=>renumbered(e,o));return{paths:r.map(t=>e.paths[t]),contents:[...o.contents.keys()].map(t=>e.contents[t]),differences:i,leftOut:a}}function firstWithin({differences:e,paths:t,contents:a},n){let r=new Map;for(let t of e)applyDifferences(r,t);let[o,i]=[new Set,new Set],costOf=(e,n)=>{let r=0;return o.has(e)||(r+=Buffer.byteLength(embeddedJson((0,w.g$)(t[e])).text)+1),-1===n||i.has(n)||(r+=JSON.stringify(a[n]).length+1),o.add(e),i.add(n),r},l=0;for(let[e,t]of r)l+=21+costOf(e,t);if(l>n)return e.length;for(let t=e.length-1;t>0;t--){let a=e[t];for(let e=0;e<a.length;e+=3)l+=21+costOf(a[e],a[e+1]);if(l>n)return t}return 0}function stateAt({differences:e},t){let a=new Map;for(let n of e.slice(0,t+1))applyDifferences(a,n);return[...a].flatMap(([e,t])=>[e,-1,t])}function sortedPaths(e,{paths:t}){let a=new Set;for(let t of e)for(let e=0;e<t.length;e+=3)a.add(t[e]);let n=new Map([...a].map(e=>[e,Buffer.from(t[e])]));return[...a].sort((e,t)=>Buffer.compare(n.get(e),n.get(t)))}function renumbered(e,{paths:t,contents:a}){return Array.from(e,(e,n)=>{if(-1===e)return -1;let r=n%3==0?t:a,o=r.get(e)??r.size;return r.set(e,o),o})}function renderPlots({packages:e}){if(0===e.length)return html`<p>There is nothing to plot yet.</p>`;let t=e.map(e=>({found:e,total:e.total_bytes??0,fresh:e.added?.newBytes??0}));return html`<div class="figures">${renderSizes(t)}${renderGrowth(t)}</div>
    <details><summary>The figures as a table</summary>${renderTable(t)}</details>`}function renderSizes(e){let t=e.reduce((e,t)=>t.total>e.total?t:e),a=niceTop(t.total),n=e.map((e,t)=>{let n=null===e.found.added,[r,o]=[visible(e.total,a),visible(e.fresh,a)],rect=(e,a,n)=>html`<rect class="${n}" x="${10*t+1}" width="${8}" y="${100-e-a}" height="${e}"/>`;return html`<g><title>${aboutSize(e)}</title>${n?rect(r,0,"gone"):html`${rect(o,0,"fresh")}${rect(Math.max(0,r-o),o,"known")}`}</g>`});return figure({id:"sizes",title:"Size of each package",description:`${e.length} packages, oldest first. The largest is ${(0,w.z3)(t.total)}, the newest ${(0,w.z3)(e.at(-1).total)}, of which ${(0,w.z3)(e.at(-1).fresh)} are new.`,legend:[["fresh","new"],["known","in earlier packages already"],...e.some(({found:e})=>null===e.added)?[["gone","file list unknown"]]:[]],bars:e,top:a,drawn:n,values:e.map(aboutSize)})}function aboutSize({found:e,total:t,fresh:a}){let n=null===e.added?"not in the store":`${(0,w.z3)(a)} new`;return`${plainMinute(e.created_at)}: ${(0,w.z3)(t)}, ${n}`}function renderGrowth(e){let t=e.map(({found:e,total:t,fresh:a})=>({total:e.added?t:0,fresh:a})),a=sums(t.map(({total:e})=>e)),n=sums(t.map(({fresh:e})=>e)),r=niceTop(a.at(-1)),steps=e=>e.map((e,t)=>{let a=100-scaled(e,r);return`${10*t},${a} ${(t+1)*10},${a}`}),o=steps(n).join(" ");return figure({id:"growth",title:"Growth of the archive",description:`All kept packages add up to ${(0,w.z3)(a.at(-1))}, or ${(0,w.z3)(n.at(-1))} with shared contents counted once.`,legend:[["total","all packages together"],["distinct","shared contents counted once"]],bars:e,top:r,drawn:[html`<polyline class="total" points="0,${100} ${steps(a).join(" ")}"/>
        <polygon class="area" points="0,${100} ${o} ${10*e.length},${100}"/>
        <polyline class="distinct" points="0,${100} ${o}"/>`],values:e.map(({found:e},t)=>`Up to ${plainMinute(e.created_at)}: ${(0,w.z3)(a[t])} together, ${(0,w.z3)(n[t])} counted once`)})}function figure({id:e,title:t,description:a,legend:n,bars:r,top:o,drawn:i,values:l}){let s=10*Math.max(r.length,12),d=Array.from({length:5},(e,t)=>4-t),c=d.map(e=>html`<line x1="0" x2="${s}" y1="${100*e/4}" y2="${100*e/4}"/>`),[m,u]=[day(r[0].found.created_at),day(r.at(-1).found.created_at)];return html`<figure class="card">
    <figcaption><h3 id="${e}-title">${t}</h3>
      <ul class="legend">${n.map(([e,t])=>html`<li><svg class="key" aria-hidden="true" viewBox="0 0 10 10"><rect class="${e}" width="10" height="10"/></svg>${t}</li>`)}</ul>
    </figcaption>
    <div class="plot">
      <div class="ticks" aria-hidden="true">${d.map(e=>html`<span>${(0,w.z3)(o*e/4).replace(".0 "," ")}</span>`)}</div>
      <svg role="img" aria-labelledby="${e}-title ${e}-about" viewBox="0 0 ${s} ${100}" preserveAspectRatio="none">
        <desc id="${e}-about">${a}</desc><g class="grid">${c}</g>${i}
      </svg>
      <div class="range" aria-hidden="true">${r.length<12?html`${m} to ${u}`:html`<span>${m}</span><span>${u}</span>`}</div>
      <div class="scripted probe"><input type="range" min="0" max="${r.length-1}" value="${r.length-1}" aria-label="Package in the plot: ${t}" data-slots="${s/10}" data-values="${JSON.stringify(l)}"><p class="value" aria-hidden="true"></p></div>
    </div>
  </figure>`}function renderTable(e){let[t,a]=[sums(e.map(({found:e,total:t})=>e.added?t:0)),sums(e.map(({fresh:e})=>e))];return html`<div class="scroll" tabindex="0" role="region" aria-label="The figures as a table"><table>
    <thead><tr><th scope="col">Package of</th><th scope="col" class="number">Size</th><th scope="col" class="number">New</th><th scope="col" class="number">All together</th><th scope="col" class="number">Shared counted once</th></tr></thead>
    <tbody>${e.map(({found:e,total:n,fresh:r},o)=>html`<tr><th scope="row">${plainMinute(e.created_at)}</th><td class="number">${(0,w.z3)(n)}</td><td class="number">${e.added?(0,w.z3)(r):"\u2013"}</td><td class="number">${(0,w.z3)(t[o])}</td><td class="number">${(0,w.z3)(a[o])}</td></tr>`)}</tbody></table></div>`}function sums(e){let t=0;return e.map(e=>t+=e)}function visible(e,t){return 0===e?0:Math.max(1,scaled(e,t))}function scaled(e,t){return Math.round(e/t*100*100)/100}function niceTop(e){let t=Math.max(e,4)/4,a=10**Math.floor(Math.log10(t));return 4*a*[1,2,2.5,5,10].find(e=>e*a>=t*(1-1e-9))}var z=a(18495);function renderRetention(e){return html`<div class="scroll card" tabindex="0" role="region" aria-label="Packages by retention class">${classTable(e)}</div>
    <h3 id="holds">Holds</h3>
    ${0===e.holds.length?html`<p class="quiet">No package was ever on hold.</p>`:html`<div class="scroll card" tabindex="0" role="region" aria-labelledby="holds">${holdTable(e)}</div>`}`}function classTable({packages:e,madeAt:t}){let a=[...Map.groupBy(e.filter(({retention:e})=>null!==e),e=>e.retention_class)].sort(([e],[t])=>e<t?-1:1).map(([e,a])=>{let n=a.filter(({retention:e})=>e?.eligible).length;return html`<tr><th scope="row">${html_name(e)}</th><td class="number">${a.length}</td>
      <td class="number">${(0,w.z3)(a.reduce((e,{total_bytes:t})=>e+(t??0),0))}</td>
      <td>${nextExpiry(a,t)}</td><td class="number">${n}</td></tr>`});return html`<table><thead><tr><th scope="col">Class</th><th scope="col" class="number">Packages</th><th scope="col" class="number">Size</th><th scope="col">Next expiry</th><th scope="col" class="number">Expired</th></tr></thead>
    <tbody>${a}</tbody></table>`}function nextExpiry(e,t){let a=e.flatMap(({retention:e})=>e?.expiresAt??[]).filter(e=>e>t).sort()[0];return void 0===a?html`<span class="quiet">none</span>`:day(a)}function holdTable({packages:e,holds:t,madeAt:a}){let n=new Map(e.map(e=>[e.package_id,plainMinute(e.created_at)])),r=t.toReversed().map(e=>{let t=(0,z.nF)(e,a);return html`<tr><th scope="row">${html_name(e.reason)}</th><td>${n.get(e.packageId)}</td>
      <td><span class="badge${"in force"===t?html` held`:null}">${t}</span></td>
      <td>${day(e.appliedAt)} by ${html_name(e.actor)}</td>
      <td>${null!==e.releasedAt?day(e.releasedAt):null!==e.until?day(e.until):"its release"}</td></tr>`});return html`<table><thead><tr><th scope="col">Reason</th><th scope="col">Package of</th><th scope="col">State</th><th scope="col">Applied</th><th scope="col">Until</th></tr></thead>
    <tbody>${r}</tbody></table>`}let _=`
const byId = (id) => document.getElementById(id);
const make = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
document.documentElement.classList.add('js');

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make('textarea', { value: text, className: 'visually-hidden', readOnly: true });
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    return isCopied;
  }
}

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy]');
  if (!button) return;
  const isCopied = await copy(button.dataset.copy);
  button.focus();
  button.classList.toggle('copied', isCopied);
  const folded = button.closest('.more')?.querySelector('details');
  if (!isCopied && folded) folded.open = true;
  byId('said').textContent = isCopied ? 'Copied.' : 'The browser does not allow copying; select the command.';
  setTimeout(() => { button.classList.remove('copied'); byId('said').textContent = ''; }, 2000);
});
`,N=`
function historyOf(path) {
  return lists.differences.flatMap((triples, at) => {
    const versions = [];
    for (let i = 0; i < triples.length; i += 3) {
      if (triples[i] !== path) continue;
      const [before, after] = [triples[i + 1], triples[i + 2]];
      const change = at === 0 ? 'first listed' : before === -1 ? 'added' : after === -1 ? 'removed' : 'changed';
      versions.push(make('li', {}, lists.labels[at] + ': ' + change + (after === -1 ? '' : ', ' + sizeOf(lists.contents[after]))));
    }
    return versions;
  });
}

function fileItem([path, content]) {
  const button = make('button', { type: 'button', className: 'path', ariaExpanded: 'false' }, make('bdi', { textContent: lists.paths[path] }));
  const item = make('li', {}, button, ' ', make('small', { textContent: sizeOf(lists.contents[content]) }));
  button.addEventListener('click', () => {
    const shown = item.querySelector('ol');
    if (shown) shown.remove();
    else item.append(make('ol', {}, ...historyOf(path)));
    button.ariaExpanded = String(!shown);
  });
  return item;
}

function listFiles(details) {
  const files = [...stateAt(Number(details.dataset.files))].sort(([a], [b]) => a - b);
  const list = make('ul', { className: 'paths' });
  const more = make('button', { type: 'button' });
  let wanted = files;
  const fill = () => {
    const from = list.children.length;
    list.append(...wanted.slice(from, from + ROWS).map(fileItem));
    const rest = wanted.length - list.children.length;
    more.hidden = rest === 0;
    more.textContent = 'Show ' + number(Math.min(rest, ROWS)) + ' more of ' + number(rest);
  };
  more.addEventListener('click', fill);
  const search = make('input', { type: 'search', placeholder: 'Search these files', ariaLabel: 'Search these files' });
  search.addEventListener('input', () => {
    const text = search.value.toLowerCase();
    wanted = files.filter(([path]) => lists.paths[path].toLowerCase().includes(text));
    list.replaceChildren();
    fill();
  });
  details.append(search, list, more);
  fill();
}

document.addEventListener('toggle', ({ target }) => {
  if (target.open && target.matches('[data-files]') && target.children.length === 1) listFiles(target);
}, true);
`,C=`
const body = document.querySelector('.timeline tbody');
if (body) {
  const rows = [...body.rows].map((row, at) => ({ row, at, text: row.textContent.toLowerCase(), size: Number(row.dataset.size), entries: Number(row.dataset.entries) }));
  const ORDERS = {
    newest: (a, b) => a.at - b.at,
    oldest: (a, b) => b.at - a.at,
    size: (a, b) => b.size - a.size || a.at - b.at,
    entries: (a, b) => b.entries - a.entries || a.at - b.at,
  };
  const find = () => {
    const text = byId('search').value.trim().toLowerCase();
    for (const { row, text: own } of rows) row.hidden = !own.includes(text);
    const shown = rows.filter(({ row }) => !row.hidden).length;
    byId('found').textContent = text === '' ? '' : number(shown) + ' of ' + number(rows.length) + ' packages';
  };
  byId('find').addEventListener('submit', (event) => event.preventDefault());
  byId('search').addEventListener('input', find);
  byId('sort').addEventListener('change', ({ target }) => {
    body.append(...rows.toSorted(ORDERS[target.value]).map(({ row }) => row));
  });
}
`,M=`
for (const slider of document.querySelectorAll('[data-values]')) {
  const values = JSON.parse(slider.dataset.values);
  const plot = slider.closest('.plot');
  const drawn = plot.querySelector('svg');
  const show = (at) => {
    slider.value = at;
    slider.setAttribute('aria-valuetext', values[at]);
    plot.querySelector('.value').textContent = values[at];
  };
  slider.addEventListener('input', () => show(Number(slider.value)));
  drawn.addEventListener('pointermove', ({ clientX }) => {
    const { left, width } = drawn.getBoundingClientRect();
    const at = Math.floor(((clientX - left) / width) * Number(slider.dataset.slots));
    if (at >= 0 && at < values.length) show(at);
  });
  show(values.length - 1);
}
`,T=`'use strict';
const applyDifferences = ${applyDifferences};
const changesOf = ${changesOf};
const differencesOf = ${differencesOf};
const formatBytes = ${w.z3};
${_}
document.addEventListener('click', ({ target }) => {
  const link = target.closest('[data-after]');
  if (link) {
    byId('after').value = link.dataset.after;
    byId('before').value = link.dataset.after - 1;
    compare();
  }
});

const embedded = byId('file-lists');
const lists = embedded && JSON.parse(embedded.textContent);

function stateAt(index) {
  const state = new Map();
  for (const found of lists.differences.slice(0, index + 1)) applyDifferences(state, found);
  return state;
}

const ROWS = 500;
const number = ${w.ZV};
const isFile = (content) => content[0] === 'file' || content[0] === 'executable';
const sizeOf = (content) => (isFile(content) ? formatBytes(content[1]) : content[0] === 'symlink' ? 'link' : 'empty folder');
const KINDS = [
  ['added', 'Added', ['Path', 'Size'], (c) => [lists.paths[c.path], sizeOf(lists.contents[c.after])]],
  ['changed', 'Changed', ['Path', 'Before', 'After'], (c) => {
    const [before, after] = [lists.contents[c.before], lists.contents[c.after]];
    const isBit = isFile(before) && isFile(after) && before[2] === after[2];
    return [lists.paths[c.path], isBit ? before[0] : sizeOf(before), isBit ? after[0] : sizeOf(after)];
  }],
  ['removed', 'Removed', ['Path', 'Size'], (c) => [lists.paths[c.path], sizeOf(lists.contents[c.before])]],
  ['renamed', 'Renamed', ['From', 'To', 'Size'], (c) => [lists.paths[c.from], lists.paths[c.path], sizeOf(lists.contents[c.after])]],
];

function listOf(title, columns, changes, cellsOf) {
  const body = make('tbody');
  const isNumber = (i) => columns[i] !== 'Path' && columns[i] !== 'From' && columns[i] !== 'To';
  const fill = (some) => {
    for (const change of some) {
      body.append(make('tr', {}, ...cellsOf(change).map((text, i) =>
        make('td', { className: isNumber(i) ? 'number' : 'path' }, make('bdi', { textContent: text })))));
    }
  };
  fill(changes.slice(0, ROWS));
  const head = make('thead', {}, make('tr', {}, ...columns.map((text, i) =>
    make('th', { scope: 'col', className: isNumber(i) ? 'number' : '', textContent: text }))));
  const list = make('details', { open: true }, make('summary', {}, title + ' ', make('span', { className: 'count', textContent: number(changes.length) })),
    make('table', {}, head, body));
  if (changes.length > ROWS) {
    const more = make('button', { type: 'button', textContent: 'Show ' + number(changes.length - ROWS) + ' more' });
    more.addEventListener('click', () => { fill(changes.slice(ROWS)); more.remove(); });
    list.append(more);
  }
  return list;
}

function compare() {
  const [before, after] = [byId('before'), byId('after')].map(({ value }) => stateAt(Number(value)));
  const changes = changesOf(differencesOf(before, after), lists.paths, lists.contents);
  changes.sort((a, b) => a.path - b.path);
  const bytes = (state) => [...state.values()].reduce((sum, content) => sum + lists.contents[content][1], 0);
  const grown = bytes(after) - bytes(before);
  const shown = KINDS.map((kind) => [kind, changes.filter(({ status }) => status === kind[0])]).filter(([, found]) => found.length > 0);
  byId('compared').textContent = shown.length === 0
    ? 'No difference: ' + number(after.size) + ' entries are the same.'
    : shown.map(([kind, found]) => number(found.length) + ' ' + kind[0]).join(', ') + '; ' +
      (grown === 0 ? 'the same size' : formatBytes(Math.abs(grown)) + (grown > 0 ? ' more' : ' less')) + ' in all.';
  byId('changes').replaceChildren(...shown.map(([[, title, columns, cellsOf], found]) => listOf(title, columns, found, cellsOf)));
}

if (byId('after')) {
  byId('after').value = lists.differences.length - 1;
  byId('before').value = lists.differences.length - 2;
  byId('before').addEventListener('change', compare);
  byId('after').addEventListener('change', compare);
  byId('swap').addEventListener('click', () => {
    [byId('before').value, byId('after').value] = [byId('after').value, byId('before').value];
    compare();
  });
  compare();
}
${C}${N}${M}`;function renderSummary({packages:e,holds:t,madeAt:a}){let n=e.filter(({retention:e})=>null!==e),r=e.filter(({disposal:e})=>null!==e).length,o=e.reduce((e,{added:t,total_bytes:a})=>e+(null===t?0:a??0),0),i=e.reduce((e,{added:t})=>e+(t?.newBytes??0),0),l=n.filter(({retention:e})=>e?.eligible).length,s=t.filter(e=>"in force"===(0,z.nF)(e,a)),d=new Set(s.map(({packageId:e})=>e)).size,c=n.flatMap(({retention:e})=>e?.expiresAt??[]).filter(e=>e>a).sort()[0],m=e.at(-1);return html`<dl class="tiles">
    ${tile("Packages kept",html`${n.length}`,r>0?`${r} disposed of`:"")}
    ${tile("Newest",m?day(m.created_at):html`none`,m?relative(m.created_at,a):"")}
    ${tile("Archived in total",html`${(0,w.z3)(o)}`,`${(0,w.z3)(i)} without repetitions`)}
    ${tile("Deduplication",i>0?html`${(o/i).toFixed(1)} \u00d7`:html`none`,"before compression")}
    ${tile("On hold",html`${d}`,(0,w.B4)(s.length,"hold in force","holds in force"))}
    ${tile("Next expiry",void 0===c?html`none`:day(c),l>0?`${l} expired already`:void 0===c?"":relative(c,a))}
  </dl>`}function tile(e,t,a){return html`<div><dt>${e}</dt><dd>${t}${""===a?null:html`<small>${a}</small>`}</dd></div>`}let R='<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="infospace-archive report">\n',I=pagePolicy({script:T,style:k},["img-src data:","form-action 'none'"]),A=[["growth","Growth"],["packages","Packages"],["compare","Compare"],["retention","Retention"]];function renderReport(e,t){let a=`${(0,w.g$)(e.title)}: archive report`,n=chooseFileLists(e.files),r=e.packages.filter(({added:e})=>null!==e).slice(n.leftOut),o={growth:renderPlots(e),packages:html`${renderTimeline(e,t,r)}${embeddedLists(r,n)}`,compare:renderComparison(r,n),retention:renderRetention(e)},i=html`<meta http-equiv="Content-Security-Policy" content="${I}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${a}</title>
<link rel="icon" href="${"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect x='2' y='2' width='12' height='12' rx='3' fill='%230a6aa8'/></svg>"}">
<style>`,l=html`<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
  <p class="kicker">Archive report</p>
  <h1><bdi>${(0,w.g$)(e.title)}</bdi></h1>
  <p class="quiet">${e.title===e.subject?null:html`Subject ${html_name(e.subject)}. `}As of ${minute(e.madeAt)}. Relative times count from then.</p>
  <nav aria-label="Sections"><ul>${A.map(([e,t])=>html`<li><a href="#${e}">${t}</a></li>`)}</ul></nav>
</header>
<main id="main" tabindex="-1">
  <section aria-label="Summary">${renderSummary(e)}</section>
  ${A.map(([e,t])=>html`<section aria-labelledby="${e}"><h2 id="${e}">${t}</h2>${o[e]}</section>`)}
</main>
<footer class="quiet">
  <p>New bytes are in contents that no earlier package here has. Disposed packages are listed, but not counted.</p>
  <p>Run restore commands in the folder where this report was made, with the same store.</p>
</footer>
<p id="said" class="visually-hidden" role="status"></p>
<script>`;return`${R}${i.text}${k}</style>
</head>
${l.text}${T}<\/script>
</body>
</html>
`}async function writeReport(e,{html:t,force:a,...n}){a||await refuseOther(t);let{packages:r,page:o}=await renderedReport(e,n);return await replace(t,o),{packages:r,bytes:Buffer.byteLength(o)}}async function renderedReport(e,t){let a=await reportInfospace(e,t),n=renderReport(a,{root:e,storeRoot:t.storeRoot});return{packages:a.packages.length,page:n}}async function refuseOther(e){let t=Buffer.alloc(R.length);try{let a=await (0,r.open)(e);try{await a.read(t)}finally{await a.close()}}catch(t){if("ENOENT"===(0,o.vq)(t))return;throw(0,i.m)(e,t,"name another file")}if(t.toString()!==R)throw new o.di("TARGET_REFUSED",`${e} exists and is not a report; name another file, or use --force.`,void 0,{path:e})}async function replace(e,t){try{await (0,l.fR)(e,t)}catch(t){throw(0,i.m)(e,t,"name another file")}}var E=a(63175),q=a(84165),L=a(85240),P=a(33458),D=a(91781),B=a(70498);async function html_report_report({inputs:e,env:t,signal:a}){let{root:r,store:o,summary:i}=await (0,D.db)(e,t),l=(0,n.resolve)((0,E.B3)(t),e.required("html","the file to write")),s=e.flag("force",!1),{storeRoot:d,env:c}=o,m={html:l,force:s,storeRoot:d,env:c,signal:a},{packages:u,bytes:p}=await (0,q.Cv)("html",()=>writeReport(r,m),"TARGET_REFUSED"),f=`${(0,w.B4)(u,"package")}, ${(0,w.z3)(p)}`;(0,P.cv)(`Wrote ${l}: ${f}.`),(0,L.n)({file:l,packages:u,bytes:p}),i&&await (0,B.Sy)(["### Report",(0,B.tp)([["Page",(0,B.aY)((0,n.relative)((0,E.B3)(t),l))],["Covers",f]])])}},91781:(e,t,a)=>{a.d(t,{aH:()=>withStore,db:()=>readStoreInputs,n4:()=>findNamed});var n=a(76760),r=a(22058),o=a(91148),i=a(63175),l=a(89934);async function readStoreInputs(e,t){let a=(0,i.B3)(t);return{root:(0,n.resolve)(a,e.text("root")??"."),store:await (0,l.o0)(e,t,a),reference:e.text("package-id")??"latest",subject:e.text("subject"),actor:e.text("actor")??t.GITHUB_ACTOR,summary:e.flag("summary",!0)}}async function withStore({root:e,store:t,actor:a},n,r,i){let l=await (0,o.openRegistry)(e,{...t,actor:a,signal:r},n);try{return await i(l)}finally{await l.close()}}function findNamed({reference:e,root:t,subject:a},n){return(0,r.findPackage)(e,n,{root:t,subject:a})}},66369:(e,t,a)=>{a.d(t,{XM:()=>pathOf,wD:()=>compareEntries,xS:()=>countChanges});var n=a(53916),r=a(46295);function compareEntries(e,t){let a=new Map(e.map(e=>[e.path,e])),n=[],o=[],i=0;for(let e of t){let t=a.get(e.path);a.delete(e.path),void 0===t?n.push(e):(0,r.d)(t,e)?i++:o.push({status:"changed",before:t,after:e})}let l=[...o,...withRenames([...a.values()],n)],s=new Map(l.map(e=>[e,Buffer.from(pathOf(e))]));return{changes:l.sort((e,t)=>Buffer.compare(s.get(e),s.get(t))),unchanged:i}}function pathOf(e){return"removed"===e.status?e.before.path:e.after.path}function countChanges(e){let t={added:0,removed:0,changed:0,renamed:0};for(let{status:a}of e)t[a]++;return t}let o=[({path:e})=>(0,n.basename)(e),({executable:e})=>String(e),()=>""];function withRenames(e,t){let a=new Set,n=[];for(let r of o){let keyOf=e=>contentKey(e)+r(e),o=Map.groupBy(e.filter(isNotEmpty).filter(e=>!a.has(e)),keyOf);for(let e of o.values())e.reverse();for(let e of t.filter(isNotEmpty)){let t=a.has(e)?void 0:o.get(keyOf(e))?.pop();void 0!==t&&(a.add(t).add(e),n.push({status:"renamed",before:t,after:e}))}}for(let t of e)a.has(t)||n.push({status:"removed",before:t});for(let e of t)a.has(e)||n.push({status:"added",after:e});return n}function isNotEmpty(e){return(0,r.q)(e)&&e.size>0}function contentKey({blake3:e}){return Buffer.from(e.buffer,e.byteOffset,e.byteLength).toString("latin1")}},22058:(e,t,a)=>{a.d(t,{aG:()=>isPackageReference,findPackage:()=>findPackage,findPackageOrTombstone:()=>findPackageOrTombstone,kb:()=>isPackageName,lE:()=>beforeLatest});var n=a(73024),r=a(75087),o=a(24907),i=a(52978),l=a(40533),s=a(71235);let d=/^latest(?:~(\d{1,9}))?$/,c=/^latest@\{([^{}]+)\}$/;function isPackageReference(e){return!!(d.test(e)||c.test(e)||(0,o.Vs)(e)||e.startsWith("blake3:"))||isPackageName(e)&&!(0,n.existsSync)(e)}function isPackageName(e){let{idPrefix:t,idSuffix:a,digestPrefix:n}=(0,o.SO)(e)??{};return(t??a??n)!==void 0||d.test(e)||c.test(e)||(0,o.J2)(e)}async function findPackage(e,t,a){let n=beforeLatest(e);if(void 0!==n)return latestOf(await subjectAmong(a),n,t);let[,r]=c.exec(e)??[];return void 0!==r?latestBy(await subjectAmong(a),(0,s.J)(r),t):(0,o.J2)(e)?t.getPackage(await labelled(e,t,a)):t.getPackage(e)}async function findPackageOrTombstone(e,t,a){let n;return void 0!==beforeLatest(e)?n=await lastDisposed(await subjectAmong(a),t):(0,o.J2)(e)?n=await t.getTombstone(await labelled(e,t,a)):c.test(e)||(n=await t.getTombstone(e)),n??findPackage(e,t,a)}async function subjectAmong({root:e,subject:t}){if(void 0!==t)return t;let{root:a,slug:n}=await (0,l.t)(e),{records:r,isWhole:o}=(0,i.L6)(a);if(r.some(e=>e.subject===n))return n;let[s=n,...d]=new Set((o?r:await (0,i.vY)(a)).map(e=>e.subject));return 0===d.length?s:n}function beforeLatest(e){let[t,a]=d.exec(e)??[];return void 0===t?void 0:Number(a??0)}async function labelled(e,t,a){let n=await subjectAmong(a),o=await t.getLabel?.(n,e);if(o)return o.packageId;throw new r.di("NOT_FOUND",`There is no package "${e}": it is not a package id, a digest or a label of the subject "${n}"; "list" shows the packages.`,void 0,{packageId:e})}async function latestBy(e,t,a){let n=await a.latestPackageBy?.(e,t);if(n)return n;throw new r.di("NOT_FOUND",`The store has no package of the subject "${e}" made by ${t.toISOString()}; "list" shows the packages.`)}async function latestOf(e,t,a){let n=await a.latestPackage(e,t);if(n)return n;let o="listTombstones"in a?await lastDisposed(e,a):void 0;if(o)return a.getPackage(o.id);let i=await countOf(e,a);throw new r.di("NOT_FOUND",0===i?`The store has no package of the subject "${e}"; archive it first, or name another infospace or subject.`:`There is no archive ${t} before the latest: the store has ${i} of the subject "${e}"; "list" shows them.`)}async function countOf(e,t){return"listPackages"in t?(await t.listPackages({subject:e})).length:+!!await t.latestPackage(e)}async function lastDisposed(e,t){if(!await t.latestPackage(e))return(await t.listTombstones()).findLast(t=>t.subject===e)}},92700:(e,t,a)=>{a.d(t,{MU:()=>listArchives,rL:()=>annotateRetention,sA:()=>countedChanges,zg:()=>changeFollower});var n=a(47180),r=a(75087),o=a(42983),i=a(66369),l=a(52978),s=a(71630),d=a(40533);async function listArchives(e,{signal:t}={}){t?.throwIfAborted();let{root:a}=await (0,d.t)(e);return(0,n.Eu)(t,(0,l.vY)(a))}function changesInIndex(e){return e.map(changeFollower())}function changeFollower(){let e=new Map;return({subject:t,content_digest:a,file_count:n,total_bytes:r})=>{let o=e.get(t),i={subject:t,content_digest:a,file_count:n,total_bytes:r};return e.set(t,i),o&&changeBetween(o,i)}}function changeBetween(e,t){if([e,t].every(e=>void 0!==e.content_digest&&(0,o.my)(e.file_count)&&(0,o.my)(e.total_bytes)))return{sameContent:e.content_digest===t.content_digest,fileCount:t.file_count-e.file_count,totalBytes:t.total_bytes-e.total_bytes}}async function countedChanges(e,t,{signal:a}={}){let n=t.manifestReader(),r=new Map,o=[];for(let[t,l]of changesInIndex(e).entries()){a?.throwIfAborted();let{package_id:s,subject:d}=e[t],c=r.get(d);if(void 0===l||l.sameContent||void 0===c){o.push(l&&{...l,entries:(0,i.xS)([])}),r.set(d,{id:s,files:l?.sameContent?c?.files:void 0});continue}let m=c.files??await filesOf(c.id,n),u=await filesOf(s,n);o.push(m&&u?{...l,entries:(0,i.xS)((0,i.wD)(m,u).changes)}:l),r.set(d,{id:s,files:u})}return o}async function filesOf(e,t){try{return(await t(e)).files}catch(e){if((0,r.J)(e,"NOT_FOUND")||(0,r.J)(e,"USAGE"))return;throw e}}async function annotateRetention(e,t,{signal:a}={}){a?.throwIfAborted();let n=new Map((await t.listTombstones()).map(e=>[e.id,e])),r=[];for(let o of e){a?.throwIfAborted();let e=n.get(o.package_id);r.push(e?{...o,retention:null,disposal:(0,s.dT)(e)}:{...o,retention:await retentionOf(o.package_id,t),disposal:null})}return r}async function retentionOf(e,t){try{let{expiresAt:a,expiredAt:n,holds:r,eligible:o}=await t.getRetentionState(e);return{expiresAt:a,expiredAt:n,holds:r,eligible:o}}catch(e){if((0,r.J)(e,"NOT_FOUND"))return null;throw e}}},71235:(e,t,a)=>{a.d(t,{J:()=>parseEnd,p:()=>parseTime});var n=a(75087),r=a(42983);function parseTime(e){let t=e.toUpperCase().replace(" ","T");if((0,r.N)(t)||(0,r.K8)(t))return new Date(t);throw new n.di("USAGE",`"${e}" is not a time; give one in RFC 3339, 2030-01-31T12:00:00Z, or a day, 2030-01-31.`)}function parseEnd(e){let t=parseTime(e);return(0,r.N)(e)?new Date(t.getTime()+864e5-1):t}},18495:(e,t,a)=>{function noHolds(e){return e?"No holds yet.":"No holds in force."}function holdState({until:e,releasedAt:t},a=new Date().toISOString()){return null!==t?"released":null===e||Date.parse(e)>Date.parse(a)?"in force":"lapsed"}function holdJson(e){return{id:e.id,package_id:e.packageId,reason:e.reason,actor:e.actor,applied_at:e.appliedAt,until:e.until,released_at:e.releasedAt,state:holdState(e)}}a.d(t,{QU:()=>holdJson,mU:()=>noHolds,nF:()=>holdState}),a(21621),a(74404),a(75480)},74404:(e,t,a)=>{a(21621),a(78474)},75480:(e,t,a)=>{a(76760)}};
