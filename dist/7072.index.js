var _=Object.defineProperty;var n=(d,s)=>_(d,"name",{value:s,configurable:!0});const b=7072,k=[7072],A={53321:((d,s,c)=>{c.d(s,{CS:n(()=>h,"CS"),EU:n(()=>m,"EU"),LS:n(()=>g,"LS"),aY:n(()=>u,"aY"),pj:n(()=>p,"pj"),tp:n(()=>f,"tp"),zH:n(()=>i,"zH")});function r(e){return e.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;")}n(r,"escapeHtml");const $=/[\\`*|]|~(?=~)|(?<=~)~|(?<![a-z0-9])_|_(?![a-z0-9])|\](?=[([:])|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi;function u(e){return`<code>${r(e.replace(/\s+/g," ")).replace($,a=>`&#${a.charCodeAt(0)};`)}</code>`}n(u,"code");function m(e,t){const a=Math.max(2,...[...t.matchAll(/`{3,}/g)].map(([l])=>l.length)),o="`".repeat(a+1);return`${o}${e}
${t}
${o}`}n(m,"fence");function i(e,t,a=!1){return`<details${a?" open":""}><summary>${e}</summary>

${t}

</details>`}n(i,"details");function f(e,t,a){const o=n(l=>`| ${l.join(" | ")} |`,"line");return[o(e),o(t.map(l=>l==="right"?"--:":":--")),...a.map(o)].join(`
`)}n(f,"table");function p(e){return r(e.replace(/\s+/g," ")).replace(/[\\`*_[\]|~#]|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi,"\\$&").replace(/@|#(?=\d)/g,"$&\u200B")}n(p,"plain");function h(e){return e.split(/(`[^`]+`)/).map(t=>/^`[^`]+`$/.test(t)?u(t.slice(1,-1)):p(t)).join("")}n(h,"prose");function g(e,t){return`${e.toLocaleString("en")} ${t}${e===1?"":"s"}`}n(g,"plural")}),17072:((d,s,c)=>{c.d(s,{renderForkCheck:n(()=>$,"renderForkCheck")});var r=c(53321);function $(u,m,i,f){const p=i.warnings===0?"":`, with ${(0,r.LS)(i.warnings,"warning")}`;return[`### \u2705 ${u}: valid and formatted, not planned`,`> [!NOTE]
> Pull request ${m} comes from a fork. A plan runs its code with credentials, so there is none; to have one, a maintainer pushes the branch to this repository after reading it.`,`${(0,r.aY)("init -backend=false")}, ${(0,r.aY)("validate")} and ${(0,r.aY)("fmt -check")} passed${p}.`,`<sub>${i.engine} \xB7 [run](${f})</sub>`].join(`

`)}n($,"renderForkCheck")})};export{b as id,k as ids,A as modules};
