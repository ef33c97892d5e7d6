var ce=Object.defineProperty;var t=(O,P)=>ce(O,"name",{value:P,configurable:!0});const ue=3961,fe=[3961,2589],pe={53321:((O,P,S)=>{S.d(P,{CS:t(()=>b,"CS"),EU:t(()=>E,"EU"),LS:t(()=>v,"LS"),aY:t(()=>C,"aY"),dj:t(()=>f,"dj"),pj:t(()=>A,"pj"),tp:t(()=>j,"tp"),zH:t(()=>H,"zH")});function k(r){return r.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;")}t(k,"escapeHtml");const M=/[\\`*|]|~(?=~)|(?<=~)~|(?<![a-z0-9])_|_(?![a-z0-9])|\](?=[([:])|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi;function C(r){return`<code>${f(r)}</code>`}t(C,"code");function f(r){return k(r.replace(/\s+/g," ")).replace(M,i=>`&#${i.charCodeAt(0)};`)}t(f,"inHtml");function E(r,i){const u=Math.max(2,...[...i.matchAll(/`{3,}/g)].map(([p])=>p.length)),d="`".repeat(u+1);return`${d}${r}
${i}
${d}`}t(E,"fence");function H(r,i,u=!1){return`<details${u?" open":""}><summary>${r}</summary>

${i}

</details>`}t(H,"details");function j(r,i,u){const d=t(p=>`| ${p.join(" | ")} |`,"line");return[d(r),d(i.map(p=>p==="right"?"--:":":--")),...u.map(d)].join(`
`)}t(j,"table");function A(r){return k(r.replace(/\s+/g," ")).replace(/[\\`*_[\]|~#]|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi,"\\$&").replace(/@|#(?=\d)/g,"$&\u200B")}t(A,"plain");function b(r){return r.split(/(`[^`]+`)/).map(i=>/^`[^`]+`$/.test(i)?C(i.slice(1,-1)):A(i)).join("")}t(b,"prose");function v(r,i){return`${r.toLocaleString("en")} ${i}${r===1?"":"s"}`}t(v,"plural")}),31540:((O,P,S)=>{S.d(P,{UD:t(()=>E,"UD"),bz:t(()=>A,"bz"),hm:t(()=>H,"hm"),qE:t(()=>f,"qE")});const k={pass:0,warn:1,fail:2},M={factor:2,milliseconds:50},C=2;function f(b){return k[b]!==void 0}t(f,"isKnown");function E(b,v){const r=b.checks.flatMap(l=>{const m=v.checks[l.id];return m!==void 0&&f(l.verdict)?[{now:l,before:m}]:[]}),u=r.map(({before:l})=>l.seenAt).sort().at(-1);if(u===void 0)return;const d=[],p=[];for(const{now:l,before:m}of r){const y=(k[l.verdict]??0)-(k[m.verdict]??0),h=t(T=>({id:l.id,words:T,since:m.seenAt}),"change");y!==0&&(y>0?d:p).push(h(`${m.verdict} to ${l.verdict}`));for(const{words:T,isWorse:R}of j(H(l),m))(R?d:p).push(h(T))}return{since:u,worse:d,better:p}}t(E,"compare");function H({calls:b=[]}){const v=t(r=>{const i=r.filter(u=>u!==void 0);return i.length===0?void 0:Math.max(...i)},"most");return{roundTripMilliseconds:v(b.map(r=>r.roundTripMilliseconds)),connectedMilliseconds:v(b.map(r=>r.connectedMilliseconds)),lossPercent:v(b.map(r=>r.lossPercent))}}t(H,"worstOf");function j(b,v){const r=t((d,p)=>d>p*M.factor&&d-p>=M.milliseconds,"slower");return[{key:"roundTripMilliseconds",name:"round trip",unit:"ms",isMore:r},{key:"connectedMilliseconds",name:"time to connect",unit:"ms",isMore:r},{key:"lossPercent",name:"loss",unit:"%",isMore:t((d,p)=>d-p>=C,"lossier")}].flatMap(({key:d,name:p,unit:l,isMore:m})=>{const[y,h]=[b[d],v[d]];if(y===void 0||h===void 0)return[];const T=`${p} ${h} ${l} to ${y} ${l}`;return m(y,h)?[{words:T,isWorse:!0}]:m(h,y)?[{words:T,isWorse:!1}]:[]})}t(j,"measuredChanges");function A({since:b,worse:v,better:r}){const i=b.replace("T"," ").replace(/(:\d\d)\.\d+Z$/,"$1 UTC");if(v.length===0&&r.length===0)return`Nothing got worse or better since the last run (${i}).`;const u=t(p=>p.map(({id:l,words:m})=>`${l} (${m})`).join(", "),"list"),d=[...v.length>0?[`worse: ${u(v)}`]:[],...r.length>0?[`better: ${u(r)}`]:[]];return`Since the last run (${i}) ${d.join("; ")}.`}t(A,"comparisonWords")}),23961:((O,P,S)=>{S.d(P,{renderPage:t(()=>ie,"renderPage")});var k=S(31540),M=S(42589);class C{static{t(this,"Html")}text;constructor(n){this.text=n}}function f(e,...n){return new C(e.reduce((a,c,$)=>a+E(n[$-1])+c))}t(f,"html");function E(e){return e===void 0?"":e instanceof C?e.text:typeof e=="number"?String(e):typeof e=="string"?A(e):e.map(E).join("")}t(E,"write");const H=/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,j={"&":"&amp;","<":"&lt;",">":"&gt;",'"':"&quot;","'":"&#39;"};function A(e){return e.toWellFormed().replace(H,"\uFFFD").replace(/[&<>"']/g,n=>j[n]??"")}t(A,"html_escape");const b=["fail","inconclusive","warn","skip","pass","not checked"];function v(e,n){const a=new Map(e.checks.map(o=>[o.id,o])),c=t(o=>{const w=o.flatMap(g=>a.get(g)??[]),[x]=w.toSorted((g,_)=>b.indexOf(g.verdict)-b.indexOf(_.verdict));return{state:x===void 0?"not checked":x.verdict,check:x?.id,roundTripMilliseconds:void 0}},"worst"),$=t((o,w)=>{const x=a.get(o),g=x?.calls?.find(I=>I.pod===w);if(x?.calls===void 0||g===void 0)return c([o]);const{roundTripMilliseconds:_}=g;return{state:x.calls.some(({verdict:I})=>I===x.verdict)?g.verdict:x.verdict,check:o,roundTripMilliseconds:_}},"call"),s=n.nodes.flatMap(({pods:o})=>o);return[{kind:"balancer",from:"Clients",to:`Load balancer of ${n.domain}`,port:"HTTPS 443",pod:void 0,...c(["dns","https","managed-certificate","ingress"])},{kind:"turn",from:"Clients",to:`TURN, ${n.turnDomain}`,port:"TLS 443",pod:void 0,...c(["turn-tls","turn-credentials","turn-relay"])},...s.flatMap(({name:o,tcpPort:w})=>[{kind:"signal",from:`Load balancer of ${n.domain}`,to:o,port:"Signal 7880",pod:o,...c(["signal","signal-join","signal-life","backend-config","api"])},{kind:"udp",from:"Clients",to:o,port:"UDP 50000\u201360000",pod:o,...$("media-udp",o)},{kind:"tcp",from:"Clients",to:o,port:`TCP ${w}`,pod:o,...$("media-tcp",o)},{kind:"turn-udp",from:"Clients",to:o,port:"TURN/UDP 3478",pod:o,...$("media-turn-udp",o)},{kind:"turn-tls",from:`TURN, ${n.turnDomain}`,to:o,port:"TURN/TLS 5349",pod:o,...$("media-turn-tls",o)},{kind:"inner",from:"The internet",to:o,port:"Closed: 7880, 6789",pod:o,...c(["closed-ports"])},{kind:"redis",from:o,to:"Redis",port:n.redis,pod:o,...c(["redis","pods-known"])}])]}t(v,"linksOf");const r={pass:"\u2713",warn:"!",fail:"\u2715",skip:"\xBB",inconclusive:"?","not checked":"\u2013"};function i(e){return e.replace(" ","-")}t(i,"styleOf");const u=1080,d={x:10,width:110},p={x:150,width:200,bus:250},l={x:370,width:200,bus:470},m={x:600,width:330},y={x:980,width:90},h={y:20,height:88},T=44,R=30,W=28,z=26,Y=12,U=["signal","udp","tcp","turn-udp","turn-tls","inner","redis"];function Z(e,n){const a=[];let c=h.y+h.height+46,$=0;for(const g of e.nodes){const _=T+Math.max(g.pods.length*(W+U.length*R),W)+8;a.push({node:g,y:c,height:_,lane:$}),$+=g.pods.length,c+=_+z}const s=Math.max(c-z,h.y+h.height+120),o=e.waiting.length*24,w=s+(o>0?o+40:0)+20,x=t(g=>n.find(_=>_.kind===g),"first");return f`<svg viewBox="0 0 ${u} ${w}" role="group" aria-labelledby="picture-title" class="picture">
    <title id="picture-title">The deployment: clients, load balancers, nodes with their pods, and Redis</title>
    ${N(d.x,h.y,d.width,s-h.y,["Clients"])}
    ${N(p.x,h.y,p.width,h.height,["Load balancer",D(e.domain,27)])}
    ${N(l.x,h.y,l.width,h.height,["TURN over TLS",D(e.turnDomain,27)])}
    ${N(y.x,h.y,y.width,s-h.y,["Redis"])} ${J(x("balancer"))}
    ${Q(x("turn"))} ${a.map(g=>X(g,n))}
    ${e.waiting.map((g,_)=>f`<text x="${m.x}" y="${s+36+_*24}" class="note"
          >✕ ${D(g,34)}: on no node</text
        > `)}
  </svg>`}t(Z,"picture");function N(e,n,a,c,$){return f`<g class="block"
    ><rect x="${e}" y="${n}" width="${a}" height="${c}" rx="8" />${$.map((s,o)=>f`<text
          x="${e+a/2}"
          y="${n+28+o*20}"
          text-anchor="middle"
          class="${o===0?"name":"small"}"
          >${s}</text
        >`)}</g
  >`}t(N,"block");function J(e){if(e===void 0)return;const n=h.y+20,a=p.x,c=`M${d.x+d.width} ${n}H${a}`;return L(e,c,{x:a-15,y:n},F(p.x+p.width/2))}t(J,"toBalancer");function Q(e){if(e===void 0)return;const n=h.y+h.height+18,a=l.x+30,c=`M${d.x+d.width} ${n}H${a}V${h.y+h.height}`;return L(e,c,{x:a-50,y:n},F(l.x+l.width/2))}t(Q,"toTurn");function F(e){return(n,a)=>f`<text x="${e}" y="${h.y+74}" text-anchor="middle" class="word">${n}: ${a}</text>`}t(F,"below");function X({node:e,y:n,height:a,lane:c},$){const s=e.address??"no external address";return f`<g class="block"
      ><rect x="${m.x}" y="${n}" width="${m.width}" height="${a}" rx="8" />
      <text x="${m.x+14}" y="${n+20}" class="name">${D(e.name,38)}</text>
      <text x="${m.x+14}" y="${n+37}" class="small">node, ${s}</text>
      ${e.pods.length===0?f`<text x="${m.x+14}" y="${n+62}" class="small">no pod of LiveKit</text>`:void 0}</g
    >
    ${e.pods.map((o,w)=>q(o,n+T+w*(W+U.length*R),$,(c+w)%Y*7))}`}t(X,"drawCard");function q(e,n,a,c){const $=U.flatMap(s=>a.find(o=>o.kind===s&&o.pod===e.name)??[]);return f`<rect
      x="${m.x+6}"
      y="${n+2}"
      width="${m.width-12}"
      height="${W+$.length*R-2}"
      rx="6"
      class="pod"
    />
    <text x="${m.x+14}" y="${n+21}" class="mono">${D(e.name,28)}</text>
    <text x="${m.x+m.width-14}" y="${n+21}" text-anchor="end" class="small">${e.state}</text>
    ${$.map((s,o)=>ee(s,n+W+o*R+R/2,c))}`}t(q,"drawPod");function ee(e,n,a){const c=m.x,$=m.x+m.width,s={x:c-16,y:n},o=t((x,g)=>f`<text x="${c+14}" y="${n+5}" class="port">${x}</text>
      <text x="${$-14}" y="${n+5}" text-anchor="end" class="word">${g}</text>`,"label"),w=d.x+d.width;switch(e.kind){case"signal":return L(e,`M${p.bus-a} ${h.y+h.height}V${n}H${c}`,s,o);case"turn-tls":return L(e,`M${l.bus-a} ${h.y+h.height}V${n}H${c}`,s,o);case"redis":return L(e,`M${$} ${n}H${y.x}`,{x:$+22,y:n},o);case"inner":{const x=c-50,g=e.state==="pass"?`M${w} ${n}H${x}M${x} ${n-9}V${n+9}`:`M${w} ${n}H${c}`;return L(e,g,s,o)}default:return L(e,`M${w} ${n}H${c}`,s,o)}}t(ee,"drawRow");function L(e,n,a,c){const{state:$,roundTripMilliseconds:s,kind:o}=e,w=`${$}${s===void 0?"":`, ${V(s)}`}`,x=`${e.from} to ${e.to}, ${e.port}: ${w}`,g=f`<title>${x}</title>
    <path d="${n}" class="line" />
    <circle cx="${a.x}" cy="${a.y}" r="10" class="badge" />
    <text x="${a.x}" y="${a.y+5}" text-anchor="middle" class="sign">${r[$]}</text>
    ${c(o==="redis"?"Redis":e.port,w)}`;return e.check===void 0?f`<g class="way ${i($)}">${g}</g>`:f`<a href="#check-${e.check}" aria-label="${x}" class="way ${i($)}">${g}</a>`}t(L,"way");function V(e){return`${e<10?e.toFixed(1):Math.round(e)} ms`}t(V,"formatMilliseconds");function D(e,n){const a=[...e];if(a.length<=n)return e;const c=Math.floor((n-1)/2);return`${a.slice(0,c).join("")}\u2026${a.slice(a.length-(n-1-c)).join("")}`}t(D,"shorten");const G=200;function te(e){const n=e.flatMap(({id:s,title:o,calls:w=[]})=>w.map(x=>({id:s,title:o,...x})));if(n.length===0)return;const a=t(s=>Math.max(1,...s.map(o=>o??0)),"longest"),c=a(n.map(s=>s.roundTripMilliseconds)),$=a(n.map(s=>s.connectedMilliseconds));return f`<section aria-labelledby="calls">
    <h2 id="calls">Calls</h2>
    <div class="scroll" role="region" aria-labelledby="calls" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Call</th>
            <th scope="col">Pod</th>
            <th scope="col">Verdict</th>
            <th scope="col">Round trip</th>
            <th scope="col">Time to connect</th>
            <th scope="col">Loss</th>
          </tr>
        </thead>
        <tbody>
          ${n.map(s=>f`<tr>
                <th scope="row"><a href="#check-${s.id}">${s.title}</a></th>
                <td class="mono">${s.pod}</td>
                <td>
                  <span class="verdict ${i(s.verdict)}"
                    ><span aria-hidden="true">${r[s.verdict]}</span> ${s.verdict}</span
                  >${s.tries>1?f`<br />at try ${s.tries}`:void 0}
                </td>
                <td>${K(s.roundTripMilliseconds,c)}</td>
                <td>${K(s.connectedMilliseconds,$)}</td>
                <td class="number">${s.lossPercent===void 0?"\u2013":`${s.lossPercent} %`}</td>
              </tr> `)}
        </tbody>
      </table>
    </div>
  </section>`}t(te,"latency");function K(e,n){if(e===void 0)return f`–`;const a=Math.max(2,Math.round(e/n*G));return f`<span class="number">${V(e)}</span
    ><svg class="bar" viewBox="0 0 ${G} 10" aria-hidden="true" preserveAspectRatio="none">
      <rect width="${a}" height="10" />
    </svg>`}t(K,"bar");const ne=new C(`
:root {
  color-scheme: light dark;
  --ground: #ffffff; --block: #f4f6f8; --pod: #ffffff; --text: #1b1f24; --faint: #57606a; --rule: #c9d1d9; --focus: #0550ae;
  --pass: #116329; --warn: #7d4e00; --fail: #b3121d; --inconclusive: #6639ba; --skip: #57606a; --not-checked: #57606a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --block: #161b22; --pod: #0d1117; --text: #e6edf3; --faint: #9aa4af; --rule: #3d444d; --focus: #79c0ff;
    --pass: #56d364; --warn: #e3b341; --fail: #ff8b83; --inconclusive: #d2a8ff; --skip: #9aa4af; --not-checked: #9aa4af;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { margin: 0 0 8px; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 36px 0 10px; font-size: 20px; }
p { margin: 6px 0; overflow-wrap: anywhere; }
a { color: inherit; text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.skip-link { position: absolute; left: -9999px; }
.skip-link:focus { position: static; }
.headline { display: flex; gap: 12px; align-items: baseline; border-left: 8px solid; padding-left: 14px; }
.faint, .small, .note { color: var(--faint); }
.mono, code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 9px 10px; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; font-weight: normal; }
thead th { border-bottom-width: 2px; font-weight: 600; }
tbody th { min-width: 150px; }
td.seen { overflow-wrap: anywhere; min-width: 260px; }
td.seen p:first-child { margin-top: 0; }
tr:target { outline: 3px solid var(--focus); outline-offset: -3px; }
.verdict { font-weight: 600; white-space: nowrap; }
.pass { --own: var(--pass); } .warn { --own: var(--warn); } .fail { --own: var(--fail); }
.inconclusive { --own: var(--inconclusive); } .skip { --own: var(--skip); } .not-checked { --own: var(--not-checked); }
.verdict, .headline { color: var(--own); } .headline h1 { color: var(--text); }
.picture { display: block; width: 100%; min-width: 900px; height: auto; }
.picture text { font: 13px system-ui, sans-serif; fill: var(--text); }
.picture .name { font-weight: 600; font-size: 14px; }
.picture .small { font-size: 12px; fill: var(--faint); }
.picture .note { fill: var(--fail); }
.picture .mono { font: 12px ui-monospace, monospace; }
.block rect { fill: var(--block); stroke: var(--rule); }
.pod { fill: var(--pod); stroke: var(--rule); }
.way { text-decoration: none; outline-offset: 1px; }
.way .line { fill: none; stroke: var(--own); stroke-width: 2; }
.way.fail .line { stroke-width: 3; stroke-dasharray: 10 6; }
.way.warn .line { stroke-dasharray: 14 4 3 4; }
.way.inconclusive .line, .way.skip .line, .way.not-checked .line { stroke-dasharray: 2 5; }
.way .badge { fill: var(--ground); stroke: var(--own); stroke-width: 2; }
.way.fail .badge { fill: var(--own); }
.picture .way .sign { font-weight: 700; fill: var(--own); }
.picture .way.fail .sign { fill: var(--ground); }
.picture .way .word { font-weight: 600; fill: var(--own); }
a.way:hover .line, a.way:focus-visible .line { stroke-width: 5; }
a.way:focus-visible .badge { stroke: var(--focus); stroke-width: 4; }
a.way:focus-visible .port { text-decoration: underline; font-weight: 700; }
.bar { display: block; width: 100%; min-width: 90px; height: 8px; margin-top: 4px; }
.bar rect { fill: var(--text); }
@media (forced-colors: active) {
  .way .line, .way .badge, .bar rect { stroke: CanvasText; }
  .picture text { fill: CanvasText !important; }
  .block rect, .pod, .way .badge { fill: Canvas !important; }
}
@media print { .scroll { overflow: visible; } .picture { min-width: 0; } }
`);function ie(e,n){const{environment:a,target:c,verdict:$,startedAt:s,runUrl:o}=e,w=v(e,n);return f`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <meta name="referrer" content="no-referrer" />
        <title>${r[$]} ${$}: verify ${a}</title>
        <style>
          ${ne}
        </style>
      </head>
      <body>
        <main>
          <a class="skip-link" href="#checks">To the table of checks</a>
          <div class="headline ${i($)}">
            <span class="verdict"><span aria-hidden="true">${r[$]}</span> ${$}</span>
            <h1>${(0,M.Pl)(e)}</h1>
          </div>
          <p class="faint">
            Cluster <code>${c.cluster}</code>, namespace <code>${c.namespace}</code>, release
            <code>${c.release}</code>, signalling through <code>${c.signal}</code>.
            <time datetime="${s}">${s.replace("T"," ").replace(/\.\d+Z$/," UTC")}</time
            >${se(o)}.
          </p>
          <section aria-labelledby="deployment">
            <h2 id="deployment">The deployment</h2>
            <p class="faint">
              A whole line ✓ passed; a thick broken one ✕ failed; of dots and dashes: ! a warning; dotted: ?
              inconclusive, » skipped, – not checked. Each leads to its check.
            </p>
            <div class="scroll" role="region" aria-labelledby="deployment" tabindex="0">${Z(n,w)}</div>
          </section>
          ${oe(e.comparison)} ${te(e.checks)}
          <section aria-labelledby="checks">
            <h2 id="checks">Checks</h2>
            <div class="scroll" role="region" aria-labelledby="checks" tabindex="0">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Verdict</th>
                    <th scope="col">Check</th>
                    <th scope="col">What was seen</th>
                    <th scope="col">Time</th>
                  </tr>
                </thead>
                <tbody>
                  ${(0,M.md)(e.checks).map(re)}
                </tbody>
              </table>
            </div>
          </section>
          <p class="faint">What each check proves: <code>${M._p}</code>.</p>
        </main>
      </body>
    </html> `.text}t(ie,"renderPage");function oe(e){if(e===void 0)return;const{worse:n,better:a}=e,c=t(($,s,o)=>o.map(({id:w,words:x})=>f`<li>
          <span class="verdict ${i(s)}">${$}</span> <a href="#check-${w}">${w}</a>: ${x}
        </li>`),"list");return f`<section aria-labelledby="changes">
    <h2 id="changes">Since the last run</h2>
    ${n.length+a.length===0?f`<p>${(0,k.bz)(e)}</p>`:f`<ul>
            ${c("worse","fail",n)} ${c("better","pass",a)}
          </ul>`}
  </section>`}t(oe,"changes");function se(e){if(!(e===void 0||!/^https?:\/\//.test(e)))return f`, <a href="${e}" rel="noreferrer">the workflow run</a>`}t(se,"runLink");function re(e){return f`<tr id="check-${e.id}">
    <td>${ae(e.verdict,e.accepted)}</td>
    <th scope="row">${e.title}<br /><code>${e.id}</code></th>
    <td class="seen">
      <p>${e.evidence}</p>
      ${B("Why",e.cause)}${B("Fix",e.fix)}
    </td>
    <td class="number">${(0,M.YA)(e.durationSeconds)}</td>
  </tr> `}t(re,"row");function ae(e,n){const a=n===!0?"fail, accepted":e;return f`<span class="verdict ${i(e)}"
    ><span aria-hidden="true">${r[e]}</span> ${a}</span
  >`}t(ae,"verdictCell");function B(e,n){return n===void 0?void 0:f`<p><strong>${e}:</strong> ${n}</p>`}t(B,"labelled")}),42589:((O,P,S)=>{S.d(P,{AJ:t(()=>f,"AJ"),Pl:t(()=>E,"Pl"),YA:t(()=>r,"YA"),_p:t(()=>C,"_p"),md:t(()=>A,"md"),renderLog:t(()=>H,"renderLog"),renderSummary:t(()=>b,"renderSummary")});var k=S(53321),M=S(31540);const C="docs/checks.md",f={pass:"\u2705",warn:"\u26A0\uFE0F",fail:"\u274C",skip:"\u23ED\uFE0F",inconclusive:"\u2754"};function E(i){const{counts:u,checks:d}=i,p=[`${u.passed} of ${d.length} checks passed`,...u.failed>0?[`${u.failed} failed`]:[],...u.accepted>0?[`${u.accepted} failed as accepted`]:[],...u.warned>0?[`${u.warned} warned`]:[],...u.inconclusive>0?[`${u.inconclusive} inconclusive`]:[],...u.skipped>0?[`${u.skipped} skipped`]:[]];return`${i.environment}: ${i.verdict}. ${p.join(", ")} in ${r(i.durationSeconds)}.`}t(E,"headline");function H(i){const u=Math.max(...i.checks.map(l=>l.id.length),0),{comparison:d}=i,p=[E(i),...d===void 0?[]:[(0,M.bz)(d)],""];for(const l of i.checks){const m=" ".repeat(14+u+2+7+2),y=`${l.verdict.padEnd(12)}  ${l.id.padEnd(u)}  ${r(l.durationSeconds).padStart(7)}`;p.push(`${y}  ${l.evidence}`),l.cause!==void 0&&p.push(`${m}Why: ${l.cause}`),l.fix!==void 0&&p.push(`${m}Fix: ${l.fix}`)}return p.join(`
`)}t(H,"renderLog");const j=["fail","inconclusive","warn","pass","skip"];function A(i){return i.toSorted((u,d)=>j.indexOf(u.verdict)-j.indexOf(d.verdict))}t(A,"worstFirst");function b(i,u=()=>!0){const d=A(i.checks).map(v),p=t(y=>{const{target:h,comparison:T}=i,R=d.length-y;return[`## ${f[i.verdict]} Verify ${(0,k.pj)(E(i))}`,"",`Cluster \`${h.cluster}\`, namespace \`${h.namespace}\`, release \`${h.release}\`, signalling through \`${h.signal}\`.`,"",...T===void 0?[]:[(0,k.pj)((0,M.bz)(T)),""],...y===0?[]:["| Verdict | Check | What was seen | Time |","|---|---|---|---:|"],...d.slice(0,y),...R===0?[]:["",`${R} more rows are in the job summary.`],"",`What each check proves: \`${C}\`.`].join(`
`)},"whole");let l=d.length;for(;l>0&&!u(p(l));)l--;const m=p(l);return u(m)?m:""}t(b,"renderSummary");function v(i){const u=[...i.cause===void 0?[]:[`**Why:** ${(0,k.CS)(i.cause)}`],...i.fix===void 0?[]:[`**Fix:** ${(0,k.CS)(i.fix)}`]],d=[(0,k.pj)(i.evidence),...u].join("<br>"),p=`**${(0,k.pj)(i.title)}**<br>\`${i.id}\``;return`| ${i.accepted===!0?`${f.warn} fail, accepted`:`${f[i.verdict]} ${i.verdict}`} | ${p} | ${d} | ${r(i.durationSeconds)} |`}t(v,"summaryRow");function r(i){return i<10?`${i.toFixed(2)} s`:`${i.toFixed(1)} s`}t(r,"seconds")})};export{ue as id,fe as ids,pe as modules};
