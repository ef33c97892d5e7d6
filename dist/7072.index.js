var w=Object.defineProperty;var n=(d,o)=>w(d,"name",{value:o,configurable:!0});const k=7072,A=[7072],j={53321:((d,o,c)=>{c.d(o,{CS:n(()=>h,"CS"),EU:n(()=>s,"EU"),LS:n(()=>_,"LS"),aY:n(()=>u,"aY"),dj:n(()=>p,"dj"),pj:n(()=>g,"pj"),tp:n(()=>f,"tp"),zH:n(()=>m,"zH")});function r(e){return e.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;")}n(r,"escapeHtml");const $=/[\\`*|]|~(?=~)|(?<=~)~|(?<![a-z0-9])_|_(?![a-z0-9])|\](?=[([:])|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi;function u(e){return`<code>${p(e)}</code>`}n(u,"code");function p(e){return r(e.replace(/\s+/g," ")).replace($,t=>`&#${t.charCodeAt(0)};`)}n(p,"inHtml");function s(e,t){const i=Math.max(2,...[...t.matchAll(/`{3,}/g)].map(([l])=>l.length)),a="`".repeat(i+1);return`${a}${e}
${t}
${a}`}n(s,"fence");function m(e,t,i=!1){return`<details${i?" open":""}><summary>${e}</summary>

${t}

</details>`}n(m,"details");function f(e,t,i){const a=n(l=>`| ${l.join(" | ")} |`,"line");return[a(e),a(t.map(l=>l==="right"?"--:":":--")),...i.map(a)].join(`
`)}n(f,"table");function g(e){return r(e.replace(/\s+/g," ")).replace(/[\\`*_[\]|~#]|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi,"\\$&").replace(/@|#(?=\d)/g,"$&\u200B")}n(g,"plain");function h(e){return e.split(/(`[^`]+`)/).map(t=>/^`[^`]+`$/.test(t)?u(t.slice(1,-1)):g(t)).join("")}n(h,"prose");function _(e,t){return`${e.toLocaleString("en")} ${t}${e===1?"":"s"}`}n(_,"plural")}),17072:((d,o,c)=>{c.d(o,{renderForkCheck:n(()=>$,"renderForkCheck")});var r=c(53321);function $(u,p,s,m){const f=s.warnings===0?"":`, with ${(0,r.LS)(s.warnings,"warning")}`;return[`### \u2705 ${u}: valid and formatted, not planned`,`> [!NOTE]
> Pull request ${p} comes from a fork. A plan runs its code with credentials, so there is none; to have one, a maintainer pushes the branch to this repository after reading it.`,`${(0,r.aY)("init -backend=false")}, ${(0,r.aY)("validate")} and ${(0,r.aY)("fmt -check")} passed${f}.`,`<sub>${s.engine} \xB7 [run](${m})</sub>`].join(`

`)}n($,"renderForkCheck")})};export{k as id,A as ids,j as modules};
