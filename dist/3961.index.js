var ce=Object.defineProperty;var t=(I,A)=>ce(I,"name",{value:A,configurable:!0});const ue=3961,fe=[3961,2589],pe={83348:((I,A,_)=>{_.d(A,{Cy:t(()=>f,"Cy"),H1:t(()=>E,"H1"),TH:t(()=>C,"TH"),fp:t(()=>k,"fp")});function C(v,T){const{GITHUB_SERVER_URL:P="https://github.com",GITHUB_ACTION_REPOSITORY:S}=process.env,b=process.env.GITHUB_ACTION_REF,y=T===void 0?"":`#${T.toLowerCase()}`;return!S||!b?`${v}${y}`:`${P}/${S}/blob/${b}/${v}${y}`}t(C,"documentation");function k(v,T,P){const S=C(T,P);return S.startsWith("https://")?`[${v}](${S})`:v}t(k,"documented");const E="docs/messages.md";function f(v,T=`**${v}**`){return/^LK-[A-Z]+-\d{3}$/.test(v)?k(T,E,v):T}t(f,"documentedCode")}),53321:((I,A,_)=>{_.d(A,{CS:t(()=>b,"CS"),EU:t(()=>v,"EU"),LS:t(()=>y,"LS"),aY:t(()=>E,"aY"),dj:t(()=>f,"dj"),pj:t(()=>S,"pj"),tp:t(()=>P,"tp"),zH:t(()=>T,"zH")});function C(d){return d.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;")}t(C,"escapeHtml");const k=/[\\`*|]|~(?=~)|(?<=~)~|(?<![a-z0-9])_|_(?![a-z0-9])|\](?=[([:])|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi;function E(d){return`<code>${f(d)}</code>`}t(E,"code");function f(d){return C(d.replace(/\s+/g," ")).replace(k,m=>`&#${m.charCodeAt(0)};`)}t(f,"inHtml");function v(d,m){const i=Math.max(2,...[...m.matchAll(/`{3,}/g)].map(([u])=>u.length)),s="`".repeat(i+1);return`${s}${d}
${m}
${s}`}t(v,"fence");function T(d,m,i=!1){return`<details${i?" open":""}><summary>${d}</summary>

${m}

</details>`}t(T,"details");function P(d,m,i){const s=t(u=>`| ${u.join(" | ")} |`,"line");return[s(d),s(m.map(u=>u==="right"?"--:":":--")),...i.map(s)].join(`
`)}t(P,"table");function S(d){return C(d.replace(/\s+/g," ")).replace(/[\\`*_[\]|~#]|(?<=\b(?:https?|ftp)):(?=\/\/)|(?<=\bwww)\./gi,"\\$&").replace(/@|#(?=\d)/g,"$&\u200B")}t(S,"plain");function b(d){return d.split(/(`[^`]+`)/).map(m=>/^`[^`]+`$/.test(m)?E(m.slice(1,-1)):S(m)).join("")}t(b,"prose");function y(d,m){return`${d.toLocaleString("en")} ${m}${d===1?"":"s"}`}t(y,"plural")}),31540:((I,A,_)=>{_.d(A,{UD:t(()=>v,"UD"),bz:t(()=>S,"bz"),hm:t(()=>T,"hm"),qE:t(()=>f,"qE")});const C={pass:0,warn:1,fail:2},k={factor:2,milliseconds:50},E=2;function f(b){return C[b]!==void 0}t(f,"isKnown");function v(b,y){const d=b.checks.flatMap(p=>{const l=y.checks[p.id];return l!==void 0&&f(p.verdict)?[{now:p,before:l}]:[]}),i=d.map(({before:p})=>p.seenAt).sort().at(-1);if(i===void 0)return;const s=[],u=[];for(const{now:p,before:l}of d){const M=(C[p.verdict]??0)-(C[l.verdict]??0),h=t(R=>({id:p.id,words:R,since:l.seenAt}),"change");M!==0&&(M>0?s:u).push(h(`${l.verdict} to ${p.verdict}`));for(const{words:R,isWorse:H}of P(T(p),l))(H?s:u).push(h(R))}return{since:i,worse:s,better:u}}t(v,"compare");function T({calls:b=[]}){const y=t(d=>{const m=d.filter(i=>i!==void 0);return m.length===0?void 0:Math.max(...m)},"most");return{roundTripMilliseconds:y(b.map(d=>d.roundTripMilliseconds)),connectedMilliseconds:y(b.map(d=>d.connectedMilliseconds)),lossPercent:y(b.map(d=>d.lossPercent))}}t(T,"worstOf");function P(b,y){const d=t((s,u)=>s>u*k.factor&&s-u>=k.milliseconds,"slower");return[{key:"roundTripMilliseconds",name:"round trip",unit:"ms",isMore:d},{key:"connectedMilliseconds",name:"time to connect",unit:"ms",isMore:d},{key:"lossPercent",name:"loss",unit:"%",isMore:t((s,u)=>s-u>=E,"lossier")}].flatMap(({key:s,name:u,unit:p,isMore:l})=>{const[M,h]=[b[s],y[s]];if(M===void 0||h===void 0)return[];const R=`${u} ${h} ${p} to ${M} ${p}`;return l(M,h)?[{words:R,isWorse:!0}]:l(h,M)?[{words:R,isWorse:!1}]:[]})}t(P,"measuredChanges");function S({since:b,worse:y,better:d}){const m=b.replace("T"," ").replace(/(:\d\d)\.\d+Z$/,"$1 UTC");if(y.length===0&&d.length===0)return`Nothing got worse or better since the last run (${m}).`;const i=t(u=>u.map(({id:p,words:l})=>`${p} (${l})`).join(", "),"list"),s=[...y.length>0?[`worse: ${i(y)}`]:[],...d.length>0?[`better: ${i(d)}`]:[]];return`Since the last run (${m}) ${s.join("; ")}.`}t(S,"comparisonWords")}),23961:((I,A,_)=>{_.d(A,{renderPage:t(()=>oe,"renderPage")});var C=_(31540),k=_(42589);class E{static{t(this,"Html")}text;constructor(n){this.text=n}}function f(e,...n){return new E(e.reduce((a,c,$)=>a+v(n[$-1])+c))}t(f,"html");function v(e){return e===void 0?"":e instanceof E?e.text:typeof e=="number"?String(e):typeof e=="string"?S(e):e.map(v).join("")}t(v,"write");const T=/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,P={"&":"&amp;","<":"&lt;",">":"&gt;",'"':"&quot;","'":"&#39;"};function S(e){return e.toWellFormed().replace(T,"\uFFFD").replace(/[&<>"']/g,n=>P[n]??"")}t(S,"html_escape");const b=["fail","inconclusive","warn","skip","pass","not checked"];function y(e,n){const a=new Map(e.checks.map(o=>[o.id,o])),c=t(o=>{const w=o.flatMap(g=>a.get(g)??[]),[x]=w.toSorted((g,L)=>b.indexOf(g.verdict)-b.indexOf(L.verdict));return{state:x===void 0?"not checked":x.verdict,check:x?.id,roundTripMilliseconds:void 0}},"worst"),$=t((o,w)=>{const x=a.get(o),g=x?.calls?.find(N=>N.pod===w);if(x?.calls===void 0||g===void 0)return c([o]);const{roundTripMilliseconds:L}=g;return{state:x.calls.some(({verdict:N})=>N===x.verdict)?g.verdict:x.verdict,check:o,roundTripMilliseconds:L}},"call"),r=n.nodes.flatMap(({pods:o})=>o);return[{kind:"balancer",from:"Clients",to:`Load balancer of ${n.domain}`,port:"HTTPS 443",pod:void 0,...c(["dns","https","managed-certificate","ingress"])},{kind:"turn",from:"Clients",to:`TURN, ${n.turnDomain}`,port:"TLS 443",pod:void 0,...c(["turn-tls","turn-credentials","turn-relay"])},...r.flatMap(({name:o,tcpPort:w})=>[{kind:"signal",from:`Load balancer of ${n.domain}`,to:o,port:"Signal 7880",pod:o,...c(["signal","signal-join","signal-life","backend-config","api"])},{kind:"udp",from:"Clients",to:o,port:"UDP 50000\u201360000",pod:o,...$("media-udp",o)},{kind:"tcp",from:"Clients",to:o,port:`TCP ${w}`,pod:o,...$("media-tcp",o)},{kind:"turn-udp",from:"Clients",to:o,port:"TURN/UDP 3478",pod:o,...$("media-turn-udp",o)},{kind:"turn-tls",from:`TURN, ${n.turnDomain}`,to:o,port:"TURN/TLS 5349",pod:o,...$("media-turn-tls",o)},{kind:"inner",from:"The internet",to:o,port:"Closed: 7880, 6789",pod:o,...c(["closed-ports"])},{kind:"redis",from:o,to:"Redis",port:n.redis,pod:o,...c(["redis","pods-known"])}])]}t(y,"linksOf");const d={pass:"\u2713",warn:"!",fail:"\u2715",skip:"\xBB",inconclusive:"?","not checked":"\u2013"};function m(e){return e.replace(" ","-")}t(m,"styleOf");const i=1080,s={x:10,width:110},u={x:150,width:200,bus:250},p={x:370,width:200,bus:470},l={x:600,width:330},M={x:980,width:90},h={y:20,height:88},R=44,H=30,O=28,z=26,Y=12,D=["signal","udp","tcp","turn-udp","turn-tls","inner","redis"];function Z(e,n){const a=[];let c=h.y+h.height+46,$=0;for(const g of e.nodes){const L=R+Math.max(g.pods.length*(O+D.length*H),O)+8;a.push({node:g,y:c,height:L,lane:$}),$+=g.pods.length,c+=L+z}const r=Math.max(c-z,h.y+h.height+120),o=e.waiting.length*24,w=r+(o>0?o+40:0)+20,x=t(g=>n.find(L=>L.kind===g),"first");return f`<svg viewBox="0 0 ${i} ${w}" role="group" aria-labelledby="picture-title" class="picture">
    <title id="picture-title">The deployment: clients, load balancers, nodes with their pods, and Redis</title>
    ${W(s.x,h.y,s.width,r-h.y,["Clients"])}
    ${W(u.x,h.y,u.width,h.height,["Load balancer",U(e.domain,27)])}
    ${W(p.x,h.y,p.width,h.height,["TURN over TLS",U(e.turnDomain,27)])}
    ${W(M.x,h.y,M.width,r-h.y,["Redis"])} ${J(x("balancer"))}
    ${Q(x("turn"))} ${a.map(g=>X(g,n))}
    ${e.waiting.map((g,L)=>f`<text x="${l.x}" y="${r+36+L*24}" class="note"
          >✕ ${U(g,34)}: on no node</text
        > `)}
  </svg>`}t(Z,"picture");function W(e,n,a,c,$){return f`<g class="block"
    ><rect x="${e}" y="${n}" width="${a}" height="${c}" rx="8" />${$.map((r,o)=>f`<text
          x="${e+a/2}"
          y="${n+28+o*20}"
          text-anchor="middle"
          class="${o===0?"name":"small"}"
          >${r}</text
        >`)}</g
  >`}t(W,"block");function J(e){if(e===void 0)return;const n=h.y+20,a=u.x,c=`M${s.x+s.width} ${n}H${a}`;return j(e,c,{x:a-15,y:n},G(u.x+u.width/2))}t(J,"toBalancer");function Q(e){if(e===void 0)return;const n=h.y+h.height+18,a=p.x+30,c=`M${s.x+s.width} ${n}H${a}V${h.y+h.height}`;return j(e,c,{x:a-50,y:n},G(p.x+p.width/2))}t(Q,"toTurn");function G(e){return(n,a)=>f`<text x="${e}" y="${h.y+74}" text-anchor="middle" class="word">${n}: ${a}</text>`}t(G,"below");function X({node:e,y:n,height:a,lane:c},$){const r=e.address??"no external address";return f`<g class="block"
      ><rect x="${l.x}" y="${n}" width="${l.width}" height="${a}" rx="8" />
      <text x="${l.x+14}" y="${n+20}" class="name">${U(e.name,38)}</text>
      <text x="${l.x+14}" y="${n+37}" class="small">node, ${r}</text>
      ${e.pods.length===0?f`<text x="${l.x+14}" y="${n+62}" class="small">no pod of LiveKit</text>`:void 0}</g
    >
    ${e.pods.map((o,w)=>q(o,n+R+w*(O+D.length*H),$,(c+w)%Y*7))}`}t(X,"drawCard");function q(e,n,a,c){const $=D.flatMap(r=>a.find(o=>o.kind===r&&o.pod===e.name)??[]);return f`<rect
      x="${l.x+6}"
      y="${n+2}"
      width="${l.width-12}"
      height="${O+$.length*H-2}"
      rx="6"
      class="pod"
    />
    <text x="${l.x+14}" y="${n+21}" class="mono">${U(e.name,28)}</text>
    <text x="${l.x+l.width-14}" y="${n+21}" text-anchor="end" class="small">${e.state}</text>
    ${$.map((r,o)=>ee(r,n+O+o*H+H/2,c))}`}t(q,"drawPod");function ee(e,n,a){const c=l.x,$=l.x+l.width,r={x:c-16,y:n},o=t((x,g)=>f`<text x="${c+14}" y="${n+5}" class="port">${x}</text>
      <text x="${$-14}" y="${n+5}" text-anchor="end" class="word">${g}</text>`,"label"),w=s.x+s.width;switch(e.kind){case"signal":return j(e,`M${u.bus-a} ${h.y+h.height}V${n}H${c}`,r,o);case"turn-tls":return j(e,`M${p.bus-a} ${h.y+h.height}V${n}H${c}`,r,o);case"redis":return j(e,`M${$} ${n}H${M.x}`,{x:$+22,y:n},o);case"inner":{const x=c-50,g=e.state==="pass"?`M${w} ${n}H${x}M${x} ${n-9}V${n+9}`:`M${w} ${n}H${c}`;return j(e,g,r,o)}default:return j(e,`M${w} ${n}H${c}`,r,o)}}t(ee,"drawRow");function j(e,n,a,c){const{state:$,roundTripMilliseconds:r,kind:o}=e,w=`${$}${r===void 0?"":`, ${B(r)}`}`,x=`${e.from} to ${e.to}, ${e.port}: ${w}`,g=f`<title>${x}</title>
    <path d="${n}" class="line" />
    <circle cx="${a.x}" cy="${a.y}" r="10" class="badge" />
    <text x="${a.x}" y="${a.y+5}" text-anchor="middle" class="sign">${d[$]}</text>
    ${c(o==="redis"?"Redis":e.port,w)}`;return e.check===void 0?f`<g class="way ${m($)}">${g}</g>`:f`<a href="#check-${e.check}" aria-label="${x}" class="way ${m($)}">${g}</a>`}t(j,"way");function B(e){return`${e<10?e.toFixed(1):Math.round(e)} ms`}t(B,"formatMilliseconds");function U(e,n){const a=[...e];if(a.length<=n)return e;const c=Math.floor((n-1)/2);return`${a.slice(0,c).join("")}\u2026${a.slice(a.length-(n-1-c)).join("")}`}t(U,"shorten");const F=200;function te(e){const n=e.flatMap(({id:r,title:o,calls:w=[]})=>w.map(x=>({id:r,title:o,...x})));if(n.length===0)return;const a=t(r=>Math.max(1,...r.map(o=>o??0)),"longest"),c=a(n.map(r=>r.roundTripMilliseconds)),$=a(n.map(r=>r.connectedMilliseconds));return f`<section aria-labelledby="calls">
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
          ${n.map(r=>f`<tr>
                <th scope="row"><a href="#check-${r.id}">${r.title}</a></th>
                <td class="mono">${r.pod}</td>
                <td>
                  <span class="verdict ${m(r.verdict)}"
                    ><span aria-hidden="true">${d[r.verdict]}</span> ${r.verdict}</span
                  >${r.tries>1?f`<br />at try ${r.tries}`:void 0}
                </td>
                <td>${K(r.roundTripMilliseconds,c)}</td>
                <td>${K(r.connectedMilliseconds,$)}</td>
                <td class="number">${r.lossPercent===void 0?"\u2013":`${r.lossPercent} %`}</td>
              </tr> `)}
        </tbody>
      </table>
    </div>
  </section>`}t(te,"latency");function K(e,n){if(e===void 0)return f`–`;const a=Math.max(2,Math.round(e/n*F));return f`<span class="number">${B(e)}</span
    ><svg class="bar" viewBox="0 0 ${F} 10" aria-hidden="true" preserveAspectRatio="none">
      <rect width="${a}" height="10" />
    </svg>`}t(K,"bar");const ne=new E(`
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
`);function oe(e,n){const{environment:a,target:c,verdict:$,startedAt:r,runUrl:o}=e,w=y(e,n);return f`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <meta name="referrer" content="no-referrer" />
        <title>${d[$]} ${$}: verify ${a}</title>
        <style>
          ${ne}
        </style>
      </head>
      <body>
        <main>
          <a class="skip-link" href="#checks">To the table of checks</a>
          <div class="headline ${m($)}">
            <span class="verdict"><span aria-hidden="true">${d[$]}</span> ${$}</span>
            <h1>${(0,k.Pl)(e)}</h1>
          </div>
          <p class="faint">
            Cluster <code>${c.cluster}</code>, namespace <code>${c.namespace}</code>, release
            <code>${c.release}</code>, signalling through <code>${c.signal}</code>.
            <time datetime="${r}">${r.replace("T"," ").replace(/\.\d+Z$/," UTC")}</time
            >${ie(o)}.
          </p>
          <section aria-labelledby="deployment">
            <h2 id="deployment">The deployment</h2>
            <p class="faint">
              A whole line ✓ passed; a thick broken one ✕ failed; of dots and dashes: ! a warning; dotted: ?
              inconclusive, » skipped, – not checked. Each leads to its check.
            </p>
            <div class="scroll" role="region" aria-labelledby="deployment" tabindex="0">${Z(n,w)}</div>
          </section>
          ${se(e.comparison)} ${te(e.checks)}
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
                  ${(0,k.md)(e.checks).map(re)}
                </tbody>
              </table>
            </div>
          </section>
          <p class="faint">What each check proves: <code>${k._p}</code>.</p>
        </main>
      </body>
    </html> `.text}t(oe,"renderPage");function se(e){if(e===void 0)return;const{worse:n,better:a}=e,c=t(($,r,o)=>o.map(({id:w,words:x})=>f`<li>
          <span class="verdict ${m(r)}">${$}</span> <a href="#check-${w}">${w}</a>: ${x}
        </li>`),"list");return f`<section aria-labelledby="changes">
    <h2 id="changes">Since the last run</h2>
    ${n.length+a.length===0?f`<p>${(0,C.bz)(e)}</p>`:f`<ul>
            ${c("worse","fail",n)} ${c("better","pass",a)}
          </ul>`}
  </section>`}t(se,"changes");function ie(e){if(!(e===void 0||!/^https?:\/\//.test(e)))return f`, <a href="${e}" rel="noreferrer">the workflow run</a>`}t(ie,"runLink");function re(e){return f`<tr id="check-${e.id}">
    <td>${ae(e.verdict,e.accepted)}</td>
    <th scope="row">${e.title}<br /><code>${e.id}</code></th>
    <td class="seen">
      <p>${e.evidence}</p>
      ${V("Why",e.cause)}${V("Fix",e.fix)}
    </td>
    <td class="number">${(0,k.YA)(e.durationSeconds)}</td>
  </tr> `}t(re,"row");function ae(e,n){const a=n===!0?"fail, accepted":e;return f`<span class="verdict ${m(e)}"
    ><span aria-hidden="true">${d[e]}</span> ${a}</span
  >`}t(ae,"verdictCell");function V(e,n){return n===void 0?void 0:f`<p><strong>${e}:</strong> ${n}</p>`}t(V,"labelled")}),42589:((I,A,_)=>{_.d(A,{AJ:t(()=>v,"AJ"),Pl:t(()=>T,"Pl"),YA:t(()=>m,"YA"),_p:t(()=>f,"_p"),md:t(()=>b,"md"),renderLog:t(()=>P,"renderLog"),renderSummary:t(()=>y,"renderSummary")});var C=_(83348),k=_(53321),E=_(31540);const f="docs/checks.md",v={pass:"\u2705",warn:"\u26A0\uFE0F",fail:"\u274C",skip:"\u23ED\uFE0F",inconclusive:"\u2754"};function T(i){const{counts:s,checks:u}=i,p=[`${s.passed} of ${u.length} checks passed`,...s.failed>0?[`${s.failed} failed`]:[],...s.accepted>0?[`${s.accepted} failed as accepted`]:[],...s.warned>0?[`${s.warned} warned`]:[],...s.inconclusive>0?[`${s.inconclusive} inconclusive`]:[],...s.skipped>0?[`${s.skipped} skipped`]:[]];return`${i.environment}: ${i.verdict}. ${p.join(", ")} in ${m(i.durationSeconds)}.`}t(T,"headline");function P(i){const s=Math.max(...i.checks.map(l=>l.id.length),0),{comparison:u}=i,p=[T(i),...u===void 0?[]:[(0,E.bz)(u)],""];for(const l of i.checks){const M=" ".repeat(14+s+2+7+2),h=`${l.verdict.padEnd(12)}  ${l.id.padEnd(s)}  ${m(l.durationSeconds).padStart(7)}`;p.push(`${h}  ${l.evidence}`),l.cause!==void 0&&p.push(`${M}Why: ${l.cause}`),l.fix!==void 0&&p.push(`${M}Fix: ${l.fix}`)}return p.join(`
`)}t(P,"renderLog");const S=["fail","inconclusive","warn","pass","skip"];function b(i){const s=t(({verdict:u,accepted:p})=>S.indexOf(p===!0?"warn":u),"rank");return i.toSorted((u,p)=>s(u)-s(p))}t(b,"worstFirst");function y(i,s=()=>!0){const u=b(i.checks).map(d),p=t(h=>{const{target:R,comparison:H}=i,O=u.length-h;return[`## ${v[i.verdict]} Verify ${(0,k.pj)(T(i))}`,"",`Cluster \`${R.cluster}\`, namespace \`${R.namespace}\`, release \`${R.release}\`, signalling through \`${R.signal}\`.`,"",...H===void 0?[]:[(0,k.pj)((0,E.bz)(H)),""],...h===0?[]:["| Verdict | Check | What was seen | Time |","|---|---|---|---:|"],...u.slice(0,h),...O===0?[]:["",`${O} more rows are in the job summary.`],"",`What each check proves: ${(0,C.fp)(`\`${f}\``,f)}.`].join(`
`)},"whole");let l=u.length;for(;l>0&&!s(p(l));)l--;const M=p(l);return s(M)?M:""}t(y,"renderSummary");function d(i){const s=[...i.cause===void 0?[]:[`**Why:** ${(0,k.CS)(i.cause)}`],...i.fix===void 0?[]:[`**Fix:** ${(0,k.CS)(i.fix)}`]],u=[(0,k.pj)(i.evidence),...s].join("<br>"),p=`**${(0,k.pj)(i.title)}**<br>${(0,C.fp)(`\`${i.id}\``,f,i.id)}`;return`| ${i.accepted===!0?`${v.warn} fail, accepted`:`${v[i.verdict]} ${i.verdict}`} | ${p} | ${u} | ${m(i.durationSeconds)} |`}t(d,"summaryRow");function m(i){return i<10?`${i.toFixed(2)} s`:`${i.toFixed(1)} s`}t(m,"seconds")})};export{ue as id,fe as ids,pe as modules};
