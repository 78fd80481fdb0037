/** The style of the report page: light and dark by the reader's preference, one column of cases that stays in view. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--page:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--head:#f3f5f7;
--ok:#dafbe1;--okink:#0b5a22;--mid:#fff3c4;--midink:#6b4b00;--bad:#ffd7d5;--badink:#8c0d18;--off:#eaeef2;--offink:#4a525b}
@media (prefers-color-scheme:dark){:root{--page:#0f1318;--ink:#e6eaef;--soft:#9aa4af;--line:#2c343d;--head:#181e25;
--ok:#10361f;--okink:#8fe3a8;--mid:#3b2f0b;--midink:#f2d479;--bad:#4b1519;--badink:#ffb3b0;--off:#222a32;--offink:#aab4be}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
header{padding:1rem 1rem .25rem}h1{font-size:1.35rem;margin:0}header p{margin:.35rem 0;color:var(--soft)}
label{margin-right:1rem}select,input{font:inherit;max-width:12rem}
main{overflow:auto;max-height:calc(100dvh - 9rem);border-top:1px solid var(--line)}
table{border-collapse:separate;border-spacing:0;min-width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{position:sticky;top:0;background:var(--head);z-index:2}thead th:first-child{left:0;z-index:3}
thead small{display:block;font-weight:400;color:var(--soft)}thead small span{white-space:nowrap;padding:0 .3em;border-radius:.3em}
tbody th{font-weight:400;position:sticky;left:0;background:var(--page);min-width:11rem;max-width:26rem}
.chapter th{background:var(--head);font-weight:600;position:static}
td button{font:inherit;border:0;background:none;color:inherit;cursor:pointer;padding:.1rem .3rem;min-height:1.8rem;width:100%;text-align:left}
td button:focus-visible{outline:2px solid currentColor}
.v-ok,.v-pass{background:var(--ok);color:var(--okink)}
.v-nonstrict,.v-informational{background:var(--mid);color:var(--midink)}
.v-failed,.v-fail{background:var(--bad);color:var(--badink);font-weight:600}
.v-unimplemented,.v-unsupported,.v-excluded,.none{background:var(--off);color:var(--offink)}
dialog{width:min(60rem,calc(100vw - 1.5rem));max-height:85dvh;border:1px solid var(--line);border-radius:.5rem;background:var(--page);color:var(--ink)}
dialog::backdrop{background:#0008}dialog form{float:right}dialog h2{font-size:1.05rem;margin:.2rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .8rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{overflow:auto;background:var(--head);padding:.6rem;font:12.5px/1.5 ui-monospace,monospace;border-radius:.3rem}
@media (max-width:40rem){tbody th{min-width:8.5rem;max-width:9.5rem;font-size:.85rem}th,td{padding:.25rem .4rem}}
[hidden]{display:none}
`

/** The behaviour of the report page: a cell opens its details, and rows are filtered. */
export const PAGE_SCRIPT = `
const data=JSON.parse(document.getElementById('data').textContent)
const dialog=document.getElementById('detail'),filter=document.getElementById('filter'),find=document.getElementById('find')
document.querySelector('table').addEventListener('click',(event)=>{
const button=event.target.closest('button');if(!button)return
const {head,lines,wire}=data[button.dataset.at]
dialog.querySelector('h2').textContent=head
dialog.querySelector('dl').replaceChildren(...lines.flatMap(([name,value])=>{
const dt=document.createElement('dt'),dd=document.createElement('dd');dt.textContent=name;dd.textContent=value;return[dt,dd]}))
dialog.querySelector('pre').textContent=wire||'nothing was recorded'
dialog.showModal()})
const show=()=>{const words=find.value.trim().toLowerCase()
for(const body of document.querySelectorAll('tbody')){let any=false
for(const row of body.querySelectorAll('tr:not(.chapter)')){
const failed=row.querySelector('.v-failed,.v-fail'),odd=row.querySelector('td:not(.v-ok):not(.v-pass)')
const wanted=filter.value==='failed'?failed:filter.value==='odd'?odd:true
const found=words===''||row.querySelector('th').textContent.toLowerCase().includes(words)
row.hidden=!(wanted&&found);any=any||!row.hidden}
body.hidden=!any}}
filter.addEventListener('change',show);find.addEventListener('input',show)
`
