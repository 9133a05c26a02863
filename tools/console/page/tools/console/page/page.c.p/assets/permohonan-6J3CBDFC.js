import{a as ge,b as ve,c as ye}from"./chunk-NSWACN56.js";import{a as Q,b as T,c as L,d as Y,e as w,f as _,g as ee,h as ke}from"./chunk-RYLLSNSI.js";import{a as P,b as Z}from"./chunk-Z3NMDQNO.js";import{d as q}from"./chunk-WZX7TUAB.js";import{b as B,c as E,d as $e,e as pe,f as ue,g as me}from"./chunk-UCLCQETS.js";import{a as U,b as fe,c as G,d as be}from"./chunk-EYIALJQX.js";import{a as D,c as F}from"./chunk-HTGARL7G.js";import{$ as c,A as ie,C as re,H as e,I as y,M as ce,O as d,T as R,U as I,W as K,X as O,Y as z,Z as b,_ as C,aa as de,ba as he,c as f,da as N,fa as H,h as n,j as oe,k as se,r as le,s as M,v as W,z as j}from"./chunk-HNP36PZQ.js";function Ee(a,o){let t=s=>(o.status.find(r=>r.kode===s)||{berikut:[]}).berikut,l=a.map(s=>t(s.status)).reduce((s,r)=>s.filter(u=>r.includes(u)));return o.status.filter(s=>l.includes(s.kode)&&s.kode!=="KEMBALI").map(s=>[s.kode,s.label])}function J({items:a,codes:o,steps:t,close:l}){let s=t?t.filter(m=>m.to!=="KEMBALI").map(m=>[m.to,m.label]):Ee(a,o),[r,u]=f(s.length===1?s[0][0]:""),[g,A]=f(""),[k,i]=f(""),[$,S]=f(null),[x,p,h]=ue(async()=>{let m=r==="DISERAHKAN"?{penerima:k}:{},ne=await re("/api/applications/status",{to:r,reason:g,items:a.map(v=>({space:v.space,id:v.id,from:v.status,...m}))});ne.items.forEach(v=>v.result==="ok"&&le(a[v.i].space,"permohonan",a[v.i].id,v.n)),S(ne.items)}),X=e("status.move",{n:a.length});if($)return n`<${P} title=${X} close=${()=>l(!0)} wide><${ge} items=${$} names=${a.map(m=>m.code||m.applicant||m.id)} />
      <p class="small muted">${e("awaits.text")}</p><div class="dialog-foot row row-end"><button type="button" class="button-main" data-first onClick=${()=>l(!0)}>${e("done")}</button></div></${P}>`;if(!s.length)return n`<${P} title=${X} close=${()=>l(!1)}><${b} kind="warn" title=${e("status.none")}><p>${e("status.none.text")}</p></${b}></${P}>`;let xe=r&&g.trim()&&(r!=="DISERAHKAN"||k.trim());return n`<${Z} title=${X} close=${()=>l(!1)} send=${x} busy=${p} ready=${!!xe} sendText=${e("status.send",{n:a.length})}>
    <${E} label=${e("status.to")} any=${e("choose")} value=${r} set=${u} options=${s} />
    ${r==="DISERAHKAN"&&n`<${B} label=${e("col.penerima")} value=${k} set=${i} maxlength="120" />`}
    <${$e} value=${g} set=${A} />
    ${a.length>1&&n`<details><summary>${e("status.which",{n:a.length})}</summary><ul>${a.map(m=>n`<li>${m.code} · ${m.applicant}</li>`)}</ul></details>`}
    ${h&&n`<${C} error=${h} />`}</${Z}>`}var Ie={I:"history.insert",U:"history.update",D:"history.delete"};function Ke({w:a,from:o}){return n`<li><div class="row row-apart"><strong>${e(Ie[a.op]||"history.update",{tbl:Y(a.tbl)})}</strong>
      <span class="row">${a.signed?n`<${c} kind="ok" icon="ok">${e("history.signed")}</${c}>`:n`<${c} kind="warn" icon="warn">${e("history.unsigned")}</${c}>`}
        ${a.received?n`<${c} kind="ok" icon="inbox">${e("history.received")}</${c}>`:n`<${c} icon="clock">${e("history.waits")}</${c}>`}</span></div>
    <p class="small muted">${a.label} (${a.roles}) · <${he} ms=${a.claimed_ms} claimed /> · ${e("history.segment",{n:String(a.segment)})} · <span class="mono">${(a.commit||"").slice(0,10)}</span></p>
    <${de} trust=${a.trust} from=${a.not_before_ms} till=${a.not_after_ms} />
    ${a.columns.length>0&&n`<ul class="bare">${a.columns.map(t=>n`<li>${w(t.column)}: ${t.before!==null&&t.before!==void 0?n`<del>${_(t.before,t.column,o)}</del> → `:""}
      <ins>${_(t.value,t.column,o)||e("none.filled")}</ins></li>`)}</ul>`}
    ${a.note&&n`<p>${e("note.given",{note:a.note})}</p>`}</li>`}function we({space:a,id:o,from:t}){let[l,s]=f(!1),r=G(l?j("applications",a,o,"history"):null);return n`<section class="panel stack" aria-labelledby="history"><div class="row row-apart"><h2 id="history">${e("history")}</h2>
    ${!l&&n`<button type="button" class="no-print" onClick=${()=>s(!0)}><${I} name="shield" />${e("history.read")}</button>`}</div>
    ${l?r.error?n`<${C} error=${r.error} again=${r.reload} />`:r.data?n`<ol class="history bare">${r.data.items.map(u=>n`<${Ke} w=${u} from=${t} />`)}</ol>`:n`<${O} text=${e("history.reading")} />`:n`<p class="muted">${e("history.hint")}</p>`}</section>`}var _e=["LENGKAP","DITERIMA","PERIKSA_KEL","PERIKSA_DINAS","DIPROSES","TTE","CETAK","SIAP_AMBIL","DISERAHKAN"];function Ce({status:a}){let o=_e.indexOf(a);return o<0?null:n`<ol class="way bare" aria-label=${e("way")}>${_e.map((t,l)=>n`<li class=${l<o?"way-past":l===o?"way-now":""} aria-current=${l===o?"step":void 0}>
    <span>${e("way."+t)}</span></li>`)}</ol>`}function te({name:a,hours:o,from:t,legal:l,unknown:s}){let r=l&&o>l;return n`<div class=${"clock"+(r?" clock-late":"")}><span class="clock-name">${a}</span>
    <strong class="clock-n num">${o===null?e("none"):R(o)}</strong>
    <span class="small muted">${o===null?s:t}${r?" \xB7 "+e("clock.over",{n:l}):""}</span></div>`}function De({data:a,act:o}){let t=a.clocks,l=a.application,s=_(l.status,"status",a),r=a.steps.filter(u=>u.to!=="KEMBALI");return n`<section class="panel stack" aria-labelledby="standing"><div class="row row-apart"><h2 id="standing">${s}</h2>
      ${t.late&&n`<${c} kind="bad" icon="clock">${e("late.since",{day:d(t.due)})}</${c}>`}</div>
    <${Ce} status=${l.status} />
    ${l.alasan_status&&n`<${b} kind="warn" title=${e("status.reason")}><p>${l.alasan_status}</p></${b}>`}
    <div class="clocks">
      <${te} name=${e("clock.step")} hours=${t.step_age_h} from=${e("clock.by",{when:ce(t.status_since_ms),who:t.status_by||""})} unknown=${e("clock.unknown")} />
      <${te} name=${e("clock.visit")} hours=${t.since_visit_h} from=${d(t.visit)} unknown=${e("clock.unknown")} />
      <${te} name=${e("clock.complete")} hours=${t.since_complete_h} from=${d(t.complete)} legal=${t.legal_h} unknown=${e("clock.incomplete")} /></div>
    <p class="small muted">${e("clock.law")}</p>
    ${W("decide")&&n`<div class="row no-print">
      ${r.length>0&&n`<button type="button" class="button-main" onClick=${()=>o("status")}>${r.length===1?e("status.to.one",{label:r[0].label}):e("status.change")}</button>`}
      ${a.steps.some(u=>u.to==="KEMBALI")&&n`<button type="button" onClick=${()=>o("return")}>${e("return.button")}</button>`}</div>`}</section>`}function Re({data:a}){return n`${a.held&&n`<${b} kind="warn" title=${e("held.this")}><p>${a.held.reason||a.held} · <a href=${D(["rekonsiliasi","tahan",a.space,"permohonan",a.id])}>${e("held.look")}</a></p></${b}>`}
    ${a.conflicts.length>0&&n`<${b} kind="warn" title=${e("conflict.this",{n:a.conflicts.length})}><ul class="bare">${a.conflicts.map(o=>n`<li>
      <a href=${D(["rekonsiliasi","bentrok",a.space,o.tbl,o.key])}>${e("conflict.in",{tbl:Y(o.tbl),columns:(o.grp||"").split(",").map(w).join(", ")})}</a></li>`)}</ul></${b}>`}`}function Be({data:a}){let o=a,t=ke(a.applicant).filter(l=>l!=="keluarga_id"&&a.applicant[l]!==null&&a.applicant[l]!=="");return n`<section class="panel stack" aria-labelledby="person"><h2 id="person">${e("applicant")}</h2>
    ${a.applicant?n`<${N} of=${t.map(l=>[w(l),n`<${ee} value=${a.applicant[l]} column=${l} from=${o} />`])} />`:n`<p class="muted">${e("applicant.none")}</p>`}</section>`}function Ne({data:a,codes:o}){let t=a.household;if(!t)return null;let l=[{head:e("col.nama"),first:!0,cell:s=>s.nama,sub:s=>s.nik_masked},{head:e("col.shdk"),cell:s=>L(o,"shdk",s.shdk)},{head:e("col.tanggal_lahir"),cell:s=>d(s.tanggal_lahir)}];return n`<section class="panel stack" aria-labelledby="household"><h2 id="household">${e("household")}</h2>
    <${N} of=${[[e("col.no_kk"),t.no_kk],[e("col.nama_kepala"),t.nama_kepala],[e("col.alamat"),t.alamat],[e("rt.rw.name"),t.rt&&e("rt.rw",t)],[e("kelurahan"),T(o,t.kode_kel)]]} />
    ${a.members.length>0&&n`<${U} caption=${e("members")} columns=${l} rows=${a.members} rowKey=${s=>s.key} />`}</section>`}var Ae={ADA:["ok","ok"],MENYUSUL:["warn","clock"],PENGGANTI:["accent","info"],TIDAK_PERLU:["","ok"]};function Pe({data:a}){if(!a.requirements.length)return null;let o=[{head:e("requirement"),first:!0,cell:t=>t.uraian||t.kode,sub:t=>y("sifat."+t.sifat,t.sifat)},{head:e("requirement.state"),cell:t=>n`<${c} kind=${(Ae[t.keadaan]||[""])[0]} icon=${(Ae[t.keadaan]||["","info"])[1]}>${y("keadaan."+t.keadaan,t.keadaan||e("none"))}</${c}>`},{head:e("requirement.note"),cell:t=>[t.pengganti,t.dari_asli===1&&e("requirement.original")].filter(Boolean).join(" \xB7 ")}];return n`<section class="stack" aria-labelledby="requirements"><h2 id="requirements">${e("requirements")}</h2>
    <${U} caption=${e("requirements")} columns=${o} rows=${a.requirements} rowKey=${t=>t.kode} /></section>`}function Te({data:a}){if(!a.changes.length)return null;let o=[{head:e("change.element"),first:!0,cell:t=>w(t.elemen),sub:t=>a.names[t.orang]},{head:e("change.was"),cell:t=>t.semula},{head:e("change.becomes"),cell:t=>t.menjadi},{head:e("change.ground"),cell:t=>t.dasar}];return n`<section class="stack" aria-labelledby="changes"><h2 id="changes">${e("changes")}</h2>
    <${U} caption=${e("changes")} columns=${o} rows=${a.changes} rowKey=${t=>t.elemen+t.orang} /></section>`}function Le({data:a}){return a.events.map(o=>n`<section class="panel stack" key=${o.key}><h2>${y("event."+o.jenis,o.jenis)}</h2>
    <${N} of=${[[e("date"),d(o.tanggal)],[e("place"),o.tempat],...o.roles.map(t=>[y("role."+t.peran,t.peran),t.nama]),...Object.entries(o.row).map(([t,l])=>[w(t),n`<${ee} value=${l} column=${t} from=${a} />`])]} /></section>`)}function Me({data:a}){return n`<section class="panel stack" aria-labelledby="notes"><h2 id="notes">${e("notes")}</h2>
    ${a.notes.length===0?n`<p class="muted">${e("notes.none")}</p>`:n`<ul class="notes bare">${a.notes.map(o=>n`<li key=${o.key}>
      <p>${o.elemen&&n`<${c}>${w(o.elemen)}</${c}> `}${o.isi}</p>
      <p class="small muted">${[y("note."+o.jenis,o.jenis),o.oleh,d(o.pada)].filter(Boolean).join(" \xB7 ")}</p></li>`)}</ul>`}</section>`}function ae({space:a,id:o}){let t=Q(),l=G(j("applications",a,o)),[s,r]=q(),u=M(),[g,A]=f(""),k=()=>{r(),l.reload()},i=l.data,$=i&&i.application,S=$&&{space:i.space,id:i.id,status:$.status,code:$.kode_tanda_terima,applicant:i.applicant&&i.applicant.nama},x=h=>{A(""),h&&k()},p=$?`${$.kode_tanda_terima||e("receipt.none")} \xB7 ${i.applicant?i.applicant.nama:""}`:e("application");return n`<${K} title=${p} crumbs=${{href:D("permohonan"),text:e("nav.permohonan")}}
    lead=${$&&`${_($.layanan,"layanan",i)}${$.varian?" \xB7 "+_($.varian,"varian",i):""} \xB7 ${T(t,$.kode_kel)}`}
    actions=${i&&n`<button type="button" onClick=${()=>print()}><${I} name="print" />${e("print")}</button>`}>
    ${l.error?n`<${C} error=${l.error} again=${l.reload} />`:i?n`<div class="stack">
      <${H} moved=${s} reload=${k} />
      ${u.has(i.space,"permohonan",i.id)&&n`<${b} title=${e("awaits")}><p>${e("awaits.text")}</p></${b}>`}
      <${Re} data=${i} />
      <${De} data=${i} act=${A} />
      <div class="two"><div class="stack"><${Be} data=${i} /><${Ne} data=${i} codes=${t} />
        <${Pe} data=${i} /><${Te} data=${i} /><${Le} data=${i} /></div>
      <div class="stack narrow-facts"><section class="panel stack" aria-labelledby="papers"><h2 id="papers">${e("photos")}</h2><${ve} space=${i.space} photos=${i.photos} /></section>
        <${Me} data=${i} /><section class="panel stack" aria-labelledby="about"><h2 id="about">${e("about")}</h2>
          <${N} of=${[[e("col.tanggal"),d($.tanggal)],[e("col.petugas"),$.petugas],[e("col.kanal"),$.kanal&&_($.kanal,"kanal",i)],[e("col.pemegang"),$.pemegang],[e("col.batas_waktu"),$.batas_waktu&&d($.batas_waktu)],[e("space"),i.space_name],[e("consent"),i.consents.map(h=>`${y("consent."+h.dasar,h.dasar)}, ${y("cara."+h.cara,h.cara||"")} ${d(h.pada)}${h.dicabut_pada?" \xB7 "+e("consent.withdrawn",{day:d(h.dicabut_pada)}):""}`).join("; ")]]} /></section></div></div>
      <${we} space=${i.space} id=${i.id} from=${i} />
      ${g==="status"&&n`<${J} items=${[S]} codes=${t} steps=${i.steps} close=${x} />`}
      ${g==="return"&&n`<${ye} application=${S} close=${x} />`}</div>`:n`<${O} />`}
  </${K}>`}var V=oe("");function We({item:a}){return n`<span class="row"><${c} kind=${a.status==="KEMBALI"||a.status==="TOLAK"?"warn":"accent"}>${a.status_label}</${c}>
    ${a.late&&n`<${c} kind="bad" icon="clock">${e("late")}</${c}>`}
    ${a.conflict&&n`<${c} kind="warn" icon="reconcile">${e("conflict")}</${c}>`}
    ${a.held&&n`<${c} kind="warn" icon="lock">${e("held")}</${c}>`}</span>`}function je({done:a}){let[o,t]=f(V.get());return n`<form role="search" class="panel search" onSubmit=${s=>{s.preventDefault(),V.set(o.trim()),a()}}><label class="label" for="q">${e("search.label")}</label>
    <div class="with-button"><input id="q" type="search" value=${o} onInput=${s=>t(s.target.value)} autocomplete="off" spellcheck="false" aria-describedby="q-hint" placeholder=${e("search.placeholder")} />
      <button type="submit" class="button-main"><${I} name="search" />${e("search.go")}</button></div>
    <p class="small muted" id="q-hint">${e("search.hint")}</p></form>`}function Oe({query:a,codes:o}){let t=s=>r=>F({...a,[s]:r}),{spaces:l}=se.get();return n`<div class="filters" role="group" aria-label=${e("filters")}>
    <${E} label=${e("status")} any=${e("any")} value=${a.status||""} set=${t("status")} options=${o.status.map(s=>[s.kode,s.label])} />
    <${E} label=${e("service")} any=${e("any")} value=${a.layanan||""} set=${t("layanan")} options=${(o.lists.layanan||[]).map(s=>[s.kode,s.label])} />
    <${E} label=${e("kelurahan")} any=${e("any")} value=${a.kel||""} set=${t("kel")} options=${o.kelurahan.map(s=>[s.kode,s.nama])} />
    ${l.length>1&&n`<${E} label=${e("space")} any=${e("any")} value=${a.ruang||""} set=${t("ruang")} options=${l.map(s=>[s.id,s.name])} />`}
    <${B} label=${e("from")} type="date" value=${a.dari||""} set=${t("dari")} />
    <${B} label=${e("till")} type="date" value=${a.sampai||""} set=${t("sampai")} />
    <${pe} label=${e("late.only")} checked=${!!a.lewat} set=${s=>F({...a,lewat:s?1:""})} />
  </div>`}var Se=a=>a.space+"/"+a.id;function He(a,o){return[{head:e("receipt"),first:!0,cell:t=>n`<span class="nowrap">${t.code||e("receipt.none")}</span>`,sub:t=>d(t.date)},{head:e("applicant"),cell:t=>t.applicant&&n`${t.applicant}<span class="table-sub nowrap">${t.nik_masked}</span>`},{head:e("service"),cell:t=>n`${L(a,"layanan",t.service)}${t.variant&&n`<span class="table-sub">${L(a,"varian_layanan",t.variant)}</span>`}`},{head:e("kelurahan"),cell:t=>n`${T(a,t.kel)}${t.rt&&n`<span class="table-sub nowrap">${e("rt.rw",t)}</span>`}`},{head:e("status"),cell:t=>n`<div><${We} item=${t} />${o.has(t.space,"permohonan",t.id)&&n`<${c} icon="wait">${e("awaits")}</${c}>`}</div>`},{head:e("age.step"),num:!0,cell:t=>R(t.step_age_h)},{head:e("age.complete"),num:!0,cell:t=>t.since_complete_h===null?null:R(t.since_complete_h)}]}function Fe({query:a}){let o=Q(),t=V.use(),[l,s]=q(),r=me(),u=M(),[g,A]=f(!1),k=be("/api/applications",{space:a.ruang,status:a.status,layanan:a.layanan,kel:a.kel,overdue:a.lewat,from:a.dari,to:a.sampai},t?{"X-Jemput-Q":ie(t)}:void 0),i=(k.items||[]).filter(p=>r.chosen.has(Se(p))),$=t||Object.keys(a).length,S=()=>{V.set(""),F({})},x=()=>{s(),r.clear(),k.reload()};return n`<${K} title=${e("nav.permohonan")} lead=${e("applications.lead")}>
    <div class="stack"><${je} key=${t} done=${r.clear} /><${Oe} query=${a} codes=${o} />
    ${$?n`<p class="row small"><span>${t?e("search.shown",{q:t}):e("search.filtered")}</span><button type="button" class="button-quiet button-small" onClick=${S}>${e("search.clear")}</button></p>`:null}
    <${H} moved=${l} reload=${x} />
    <${fe} list=${k} caption=${e("nav.permohonan")} columns=${He(o,u)} rowKey=${Se} rowHref=${p=>D(["permohonan",p.space,p.id])}
      pick=${W("decide")?{...r,name:p=>p.code||p.applicant||p.id}:void 0}
      empty=${n`<${z} icon="search" title=${e($?"applications.none.found":"applications.none")} text=${e($?"applications.none.found.text":"applications.none.text")}>
        ${$?n`<button type="button" onClick=${S}>${e("search.clear")}</button>`:null}</${z}>`} />
    ${i.length>0&&n`<div class="bulk no-print" role="region" aria-label=${e("bulk")}><strong>${e("bulk.n",{n:i.length})}</strong>
      <button type="button" class="button-main" onClick=${()=>A(!0)}>${e("bulk.status")}</button>
      <button type="button" class="button-quiet" onClick=${r.clear}>${e("bulk.clear")}</button></div>`}
    ${g&&n`<${J} items=${i} codes=${o} close=${p=>{A(!1),p&&x()}} />`}</div>
  </${K}>`}function qe({parts:a,query:o}){return a.length===2?n`<${ae} space=${a[0]} id=${a[1]} />`:n`<${Fe} query=${o} />`}export{We as StatusChips,qe as default};
