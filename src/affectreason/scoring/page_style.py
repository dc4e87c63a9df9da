"""The look of the report's page."""

STYLE = """
:root{--ink:#1d2733;--grey:#5b6673;--line:#e1e6ec;--soft:#f6f8fa;--blue:#2b6cb0;--orange:#c05621}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:2rem;line-height:1.2;margin:.1em 0 .4em;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:0 0 .4em} h3{font-size:1rem;margin:1.1em 0 .2em}
section,footer{border-top:1px solid var(--line);margin-top:34px;padding-top:24px}
p{margin:.3em 0 .8em} .kicker{color:var(--blue);font-weight:600;margin:0}
.lead{font-size:1.22rem;line-height:1.45;max-width:48em} .small{color:var(--grey);font-size:.85rem;font-weight:400}
.scroll{overflow-x:auto} table{border-collapse:collapse;width:100%}
th{text-align:left;font-size:.82rem;color:var(--grey);font-weight:600}
td,th{padding:6px 12px 6px 0;border-bottom:1px solid var(--line);vertical-align:middle}
.results td{padding-top:4px;padding-bottom:4px} .results tr:has(+.metric) td{border-bottom:0}
tr.metric th{font-size:1rem;color:var(--ink);background:var(--soft);padding:8px 12px;border-top:14px solid #fff}
.results tbody td:first-child{padding-left:12px} .results thead th:first-child{padding-left:12px}
.change{white-space:nowrap} .change .small{font-variant-numeric:tabular-nums}
.chain{list-style:none;display:flex;flex-wrap:wrap;gap:8px 0;padding:0;margin:.6em 0 1.2em}
.chain li{margin:0} .chain li+li::before{content:"→";color:var(--grey);margin:0 12px}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap} .big{font-weight:700}
.strip svg{display:block}
.badge{display:inline-block;border-radius:999px;padding:1px 10px;font-size:.82rem;font-weight:600;white-space:nowrap}
.up{background:#dcf3e4;color:#14613a} .down{background:#fde2df;color:#96231a}
.mixed{background:#fdf0d5;color:#7a4a00} .flat{background:#edf0f3;color:#48525e}
.key{font-size:.85rem;color:var(--grey)} .key i{display:inline-block;margin:0 6px 0 0;vertical-align:middle}
.key span{white-space:nowrap;margin-right:14px}
.k-value{width:22px;height:8px;border-radius:4px;background:var(--blue)}
.k-chance{width:0;height:16px;border-left:2px dashed #8a94a1} .k-constant{width:0;height:16px;
border-left:2px solid var(--orange)}
.figure{max-width:100%;height:auto;display:block}
.faces{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,480px),1fr));gap:16px}
.face{display:flex;gap:14px;border:1px solid var(--line);border-left:4px solid #b6c0cb;border-radius:10px;
padding:12px;min-width:0}
.face.right{border-left-color:#2f9e63} .face.wrong{border-left-color:#d2544a}
.photo{width:132px;height:132px;flex:none;object-fit:cover;border-radius:8px;background:var(--soft)}
.photo.none{display:flex;align-items:center;justify-content:center;text-align:center;font-size:.8rem;
color:var(--grey);
padding:8px;overflow-wrap:anywhere;border:1px dashed #b6c0cb}
.said{min-width:0;flex:1;overflow-wrap:anywhere} .said p{margin:0 0 .35em} .answer b{font-size:1.05rem;
margin-right:.3em}
.reasoning{font-size:.92rem;margin:.2em 0 .5em;white-space:pre-wrap} summary{cursor:pointer}
details[open]>summary{font-size:0} details[open]>summary::after{content:"less";font-size:.85rem;color:var(--blue)}
.chip{display:inline-block;border:1px solid #c7ced6;border-radius:6px;padding:0 7px;font-size:.82rem;margin:1px 0;
white-space:nowrap}
.hit{background:#dcf3e4;border-color:#9fd8b5;color:#14613a} .extra{background:#fde2df;border-color:#efaaa3;
color:#96231a}
.missed{border-style:dashed;border-color:#8a94a1;color:#48525e}
.problem{color:#96231a;font-size:.88rem}
.bars{max-width:720px;margin:.6em 0 1.4em} .bars td:first-child{width:38%;overflow-wrap:anywhere} .bar{width:45%}
.bar span{display:block;height:12px;background:var(--blue);border-radius:3px;min-width:1px}
li{margin:.3em 0} footer{font-size:.92rem;color:#3a4552}
@media (max-width:760px){main{padding:18px 14px 40px} h1{font-size:1.6rem} .lead{font-size:1.08rem}
.results .strip,.results thead{display:none}
.results tbody,.results table{display:block} .results tr{display:grid;grid-template-columns:1.2fr auto 1.3fr;
border-bottom:1px solid var(--line);padding:6px 0} .results td{border:0;padding:1px 8px 1px 0}
.results tr.metric{display:block;border:0;padding:0} .results tr.metric th{display:block;border-bottom:0}
.results tbody td:first-child{padding-left:0;overflow-wrap:anywhere}
.figure{min-width:480px}
.side{font-size:.82rem;color:var(--grey);text-align:left} .side::before{content:attr(data-name) " "}
.change{grid-column:1/-1;white-space:normal} .change:empty{display:none}
.face{padding:10px;gap:10px} .photo{width:92px;height:92px}}
@media print{section{break-inside:avoid} .scroll{overflow:visible}}
"""
