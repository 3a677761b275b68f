#include "report/style.h"

namespace seqrec::report {

std::string_view style_of_drawings() {
  return R"(:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --text: #1a1d23; --quiet: #59616e; --line: #d5dae2; --bar: #9dbfe3; --marked: #fff3cf;
  --s0: #0b5cad; --s1: #b3470f; --s2: #14692f; --s3: #7a3fa0; --s4: #a3221c; --s5: #00707a; --s6: #7a5b00; --s7: #59616e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --card: #1d2128; --text: #e8eaee; --quiet: #a3abb8; --line: #363d48; --bar: #3d6ea3; --marked: #4a3f17;
    --s0: #7db9f5; --s1: #f5a673; --s2: #7fd494; --s3: #cfa2ee; --s4: #ff9d94; --s5: #6fd3dc; --s6: #e0c060; --s7: #a3abb8;
  }
}
svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
.grid { stroke: var(--line); } .axis { stroke: var(--quiet); } .bar { fill: var(--bar); }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.thin { stroke-width: 1; opacity: .6; }
.dashed { stroke-dasharray: 6 4; }
.ring { fill: var(--card); stroke-width: 2; }
.s0 { --own: var(--s0); } .s1 { --own: var(--s1); } .s2 { --own: var(--s2); } .s3 { --own: var(--s3); }
.s4 { --own: var(--s4); } .s5 { --own: var(--s5); } .s6 { --own: var(--s6); } .s7 { --own: var(--s7); }
.curve, .ring { stroke: var(--own); }
.dot { fill: var(--own); }
)";
}

std::string style() {
  return std::string(style_of_drawings()) + R"(* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.45 system-ui, sans-serif; }
main { max-width: 72rem; margin: auto; padding: 1rem; }
h1, h2, h3 { line-height: 1.2; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin: 0 0 .5rem; } h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
p { margin: .25rem 0 .5rem; overflow-wrap: anywhere; }
ul, ol { margin: 0 0 .5rem; padding-left: 1.5rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
.wide + p { margin-top: 1.5rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .2rem .9rem .2rem 0; font-weight: normal; }
td, tbody th { white-space: nowrap; }
.text { display: block; width: max-content; max-width: min(30rem, 70vw); white-space: normal; overflow-wrap: anywhere; }
thead th { color: var(--quiet); border-bottom: 1px solid var(--line); white-space: nowrap; }
tr.first > * { border-top: 1px solid var(--line); }
tr.differs > * { background: var(--marked); }
.quiet { color: var(--quiet); }
.warning { border-left: 4px solid var(--s1); padding-left: .75rem; }
.charts, .examples, .beside { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.examples { grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); }
.charts > *, .examples > *, .beside > * { min-width: 0; }
article { border-top: 1px solid var(--line); font-size: .9rem; }
article p { color: var(--quiet); margin: 0; }
li.hit { background: var(--marked); font-weight: bold; }
figure { margin: 0; }
figcaption { font-weight: bold; font-size: .9rem; overflow-wrap: anywhere; }
svg.chart { display: block; width: 100%; max-width: 40rem; height: auto; }
svg.cell { width: 160px; height: 14px; vertical-align: middle; }
svg.key { width: 24px; height: 10px; margin-right: .4rem; flex: none; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; padding: 0; font-size: .85rem; }
.legend li { display: flex; align-items: center; min-width: 0; }
@media print {
  body { background: none; }
  section, figure, article, tr { break-inside: avoid; }
  .wide { overflow: visible; }
  table { font-size: .75rem; }
  td, thead th, tbody th { white-space: normal; overflow-wrap: anywhere; padding-right: .4rem; }
  .text { width: auto; }
}
)";
}

}  // namespace seqrec::report
