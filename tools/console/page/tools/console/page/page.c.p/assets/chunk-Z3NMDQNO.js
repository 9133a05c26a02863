import{H as i,U as b,d as $,e as u,h as d,i as f}from"./chunk-HNP36PZQ.js";var g=0;function m({title:a,close:e,wide:l,children:s}){let o=u(null),r=u("dialog-"+ ++g);$(()=>{let t=document.activeElement,n=o.current.querySelector("[data-first], input, textarea, select");return o.current.showModal?o.current.showModal():o.current.setAttribute("open",""),n&&n.focus(),()=>t&&t.isConnected&&t.focus()},[]);let c=t=>{t.key==="Escape"&&(t.preventDefault(),t.stopPropagation(),e())};return d`<dialog ref=${o} class=${f(l&&"wide")} aria-labelledby=${r.current} onCancel=${t=>{t.preventDefault(),e()}} onKeyDown=${c}>
    <div class="dialog-body"><div class="dialog-head"><h2 id=${r.current}>${a}</h2>
      <button type="button" class="button-icon" aria-label=${i("close")} onClick=${e}><${b} name="close" /></button></div>
    ${s}</div></dialog>`}function y({title:a,close:e,send:l,sendText:s,busy:o,bad:r,children:c,wide:t,ready:n=!0}){return d`<${m} title=${a} close=${e} wide=${t}>
    <form class="stack" noValidate onSubmit=${p=>{p.preventDefault(),!o&&n&&l()}}>
      ${c}
      <div class="dialog-foot row row-end"><button type="button" onClick=${e}>${i("cancel")}</button>
        <button type="submit" class=${f("button-main",r&&"button-bad")} disabled=${o||!n}>${o?i("sending"):s}</button></div>
    </form></${m}>`}export{m as a,y as b};
