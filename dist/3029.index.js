var _=Object.defineProperty;var n=(u,r)=>_(u,"name",{value:r,configurable:!0});const S=3029,w=[3029],F={53029:((u,r,c)=>{c.d(r,{renderJunit:n(()=>p,"renderJunit")});function p(t){const i=t.checks.map(e=>{const g=`  <testcase classname="verify.${s(t.environment)}" name="${s(e.id)}" time="${e.durationSeconds}">`,l=[e.evidence,e.cause,e.fix].filter(b=>b!==void 0).join(`
`),A=e.verdict==="fail"&&e.accepted!==!0,x=e.verdict==="skip"||e.verdict==="inconclusive"||e.accepted===!0,y=A?`<failure message="${s(e.evidence)}">${o(l)}</failure>`:x?`<skipped message="${s(e.accepted===!0?`Accepted: ${e.evidence}`:e.evidence)}"/>`:`<system-out>${o(l)}</system-out>`;return`${g}${y}</testcase>`}),{counts:d,checks:$,durationSeconds:m,startedAt:f}=t,v=d.skipped+d.inconclusive+d.accepted,a=`tests="${$.length}" failures="${d.failed}" errors="0" skipped="${v}" time="${m}"`;return`<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${a}>
 <testsuite name="verify ${s(t.environment)}" timestamp="${f.replace(/\.\d+Z$/,"")}" ${a}>
${i.join(`
`)}
 </testsuite>
</testsuites>
`}n(p,"renderJunit");function o(t){return[...t].filter(i=>i>=" "||`
	\r`.includes(i)).join("").replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;")}n(o,"content");function s(t){return o(t).replaceAll('"',"&quot;").replace(/\s+/g," ")}n(s,"attribute")})};export{S as id,w as ids,F as modules};
