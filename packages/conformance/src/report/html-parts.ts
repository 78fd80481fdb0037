/** The style of the report page: light and dark by the reader's preference; what names a row or a column stays in view. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--page:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--head:#f3f5f7;
--ok:#dafbe1;--okink:#0b5a22;--mid:#fff3c4;--midink:#6b4b00;--bad:#ffd7d5;--badink:#8c0d18;--off:#eaeef2;--offink:#4a525b}
@media (prefers-color-scheme:dark){:root{--page:#0f1318;--ink:#e6eaef;--soft:#9aa4af;--line:#2c343d;--head:#181e25;
--ok:#10361f;--okink:#8fe3a8;--mid:#3b2f0b;--midink:#f2d479;--bad:#4b1519;--badink:#ffb3b0;--off:#222a32;--offink:#aab4be}}
*{box-sizing:border-box}
body{margin:0;height:100dvh;display:flex;flex-direction:column;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
header{padding:.7rem 1rem;display:flex;flex-wrap:wrap;align-items:center;gap:.3rem 1.2rem;border-bottom:1px solid var(--line)}
h1{font-size:1.25rem;margin:0;flex:1 1 auto}label{color:var(--soft)}select,input{font:inherit;max-width:11rem}
main{flex:1;overflow:auto}section{width:max-content;min-width:100%}
summary{position:sticky;left:0;width:min(60rem,100vw);padding:.9rem 1rem .1rem;cursor:pointer}
h2{display:inline;font-size:1.1rem;margin:0}
.about{position:sticky;left:0;width:min(60rem,100vw);margin:0;padding:.1rem 1rem .7rem;color:var(--soft);font-size:.87rem}
.about span,.all span{white-space:nowrap;padding:0 .35em;border-radius:.3em}
table{border-collapse:separate;border-spacing:0;min-width:100%;border-top:1px solid var(--line)}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{position:sticky;top:0;background:var(--head);z-index:2;max-width:9rem;vertical-align:bottom}
thead th:first-child{left:0;z-index:3}
tbody th{font-weight:400;position:sticky;left:0;background:var(--page);z-index:1;width:26rem;min-width:16rem;max-width:26rem}
.all td{font-size:.8rem;line-height:1.6}.all td span{display:table;margin-bottom:1px}.all small{color:var(--soft);font-size:1em;white-space:nowrap}
.chapter th{background:var(--head);font-weight:600;position:static;max-width:none}.chapter span{position:sticky;left:.6rem}
td:has(button){padding:0}
td button{font:inherit;border:0;background:none;color:inherit;cursor:pointer;padding:.3rem .6rem;width:100%;min-height:2rem;text-align:left}
td button:hover{text-decoration:underline}td button:focus-visible{outline:2px solid currentColor;outline-offset:-2px}
.v-ok,.v-pass{background:var(--ok);color:var(--okink)}
.v-nonstrict,.v-informational{background:var(--mid);color:var(--midink)}
.v-failed,.v-fail{background:var(--bad);color:var(--badink);font-weight:600}
.v-unimplemented,.v-unsupported,.v-excluded,.none{background:var(--off);color:var(--offink)}
dialog{width:min(60rem,calc(100vw - 1.5rem));max-height:85dvh;border:1px solid var(--line);border-radius:.5rem;background:var(--page);color:var(--ink)}
dialog::backdrop{background:#0008}dialog form{position:sticky;top:0;float:right}dialog form button{font:inherit;padding:.2rem .8rem}
h3{font-size:1.05rem;margin:.2rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .8rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{overflow:auto;background:var(--head);padding:.6rem;font:12.5px/1.5 ui-monospace,monospace;border-radius:.3rem}
@media (max-width:40rem){header{padding:.5rem .7rem}h1{flex-basis:100%;font-size:1.1rem}input{width:7rem}summary,.about{padding-left:.7rem;padding-right:.7rem}
tbody th,thead th:first-child{width:9.5rem;min-width:9.5rem;max-width:9.5rem;font-size:.85rem;overflow-wrap:anywhere}th,td{padding:.25rem .4rem}
.chapter th{font-size:.85rem}.chapter span{left:.4rem;display:inline-block;max-width:calc(100vw - .8rem)}
dialog{max-width:none;padding:.7rem}pre{font-size:11px}}
[hidden]{display:none}
`

/** The behaviour of the report page: a cell opens its details, and rows are filtered. */
export const PAGE_SCRIPT = `
const data=JSON.parse(document.getElementById('data').textContent)
const dialog=document.getElementById('detail'),filter=document.getElementById('filter'),find=document.getElementById('find')
document.querySelector('main').addEventListener('click',(event)=>{
const button=event.target.closest('td button');if(!button)return
const {head,lines,wire}=data[button.dataset.at]
dialog.querySelector('h3').textContent=head
dialog.querySelector('dl').replaceChildren(...lines.flatMap(([name,value])=>{
const dt=document.createElement('dt'),dd=document.createElement('dd');dt.textContent=name;dd.textContent=value;return[dt,dd]}))
dialog.querySelector('pre').textContent=wire||'nothing was recorded'
dialog.showModal();dialog.scrollTop=0})
dialog.addEventListener('click',(event)=>{if(event.target===dialog)dialog.close()})
const show=()=>{const words=find.value.trim().toLowerCase()
for(const section of document.querySelectorAll('section')){let some=false
for(const body of section.querySelectorAll('tbody:not(.all)')){let any=false
const chapter=body.querySelector('.chapter').textContent.toLowerCase().includes(words)
for(const row of body.querySelectorAll('tr:not(.chapter)')){
const failed=row.querySelector('.v-failed,.v-fail'),odd=row.querySelector('td:not(.v-ok):not(.v-pass):not(.none)')
const wanted=filter.value==='failed'?failed:filter.value==='odd'?odd:true
const found=chapter||row.querySelector('th').textContent.toLowerCase().includes(words)
row.hidden=!(wanted&&found);any=any||!row.hidden}
body.hidden=!any;some=some||any}
section.querySelector('.nothing').hidden=some}}
filter.addEventListener('change',show);find.addEventListener('input',show);show()
`
