#include "genre/track/html_style.h"

#include "genre/track/theme.h"

namespace genre {
namespace {

constexpr const char* kLayout = R"css(
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%;scroll-behavior:smooth;scroll-padding-top:1.5rem}
body{margin:0;background:var(--background);color:var(--ink);
  font:16px/1.6 "Inter","Helvetica Neue",Helvetica,Arial,"Liberation Sans","DejaVu Sans",sans-serif;
  font-variant-numeric:tabular-nums;overflow-wrap:break-word}
.page{max-width:48.5rem;margin:0 auto;padding:2.5rem 1rem 4rem}
h1{font-size:2rem;line-height:1.2;letter-spacing:-.02em;margin:0 0 .4rem}
h2{font-size:1.4rem;line-height:1.3;letter-spacing:-.01em;margin:3.25rem 0 .75rem;padding-top:1rem;border-top:1px solid var(--grid)}
section:first-child h2{margin-top:1.75rem}
p{margin:0 0 1rem;max-width:44rem}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
.subtitle{color:var(--muted);font-size:1.1rem;margin-bottom:1.75rem}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.5rem;margin:0 0 1.75rem;padding:1rem 1.2rem;
  background:var(--panel);border-radius:8px;font-size:.92rem}
.facts dt{color:var(--muted)}
.facts dd{margin:0;min-width:0}
nav{font-size:.92rem}
nav h2{font-size:.78rem;letter-spacing:.06em;text-transform:uppercase;color:var(--muted);margin:0 0 .4rem;padding:0;border:0}
nav ol{margin:0;padding-left:1.3rem}
nav li{margin:.15rem 0}
nav li::marker{color:var(--muted)}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
figure{margin:1.75rem 0 2.25rem}
figcaption{font-size:.88rem;line-height:1.5;color:var(--muted);max-width:44rem}
figcaption b{color:var(--ink);font-weight:600}
figure.table figcaption{margin-bottom:.6rem}
figure.plot figcaption{margin-top:.6rem}
figure svg{display:block;max-width:100%;height:auto;font-family:inherit}
figure .narrow{display:none}
.scroll{overflow-x:auto;padding-bottom:1px;-webkit-overflow-scrolling:touch}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.88rem;line-height:1.35}
th,td{padding:.42rem .8rem;text-align:left;vertical-align:top}
th:first-child,td:first-child{padding-left:.2rem}
th:last-child,td:last-child{padding-right:.2rem}
thead th{font-weight:600;border-top:1.5px solid var(--ink);vertical-align:bottom}
tbody th{font-weight:400;min-width:4rem}
th:first-child{position:sticky;left:0;background:var(--background)}
tbody tr>*{border-top:1px solid var(--grid)}
tbody tr:first-child>*{border-top-color:var(--axis)}
tbody tr:last-child>*{border-bottom:1.5px solid var(--ink)}
.number{text-align:right;white-space:nowrap}
thead .number{white-space:normal;min-width:4.2rem}
.interval{display:block;color:var(--muted);font-size:.78rem}
details{margin-top:.4rem;font-size:.88rem}
summary{cursor:pointer;color:var(--muted);width:max-content}
details .scroll{margin-top:.5rem}
.empty{color:var(--muted)}
@media (max-width:699px){
  .page{padding-top:1.5rem}
  h1{font-size:1.6rem}
  h2{font-size:1.25rem;margin-top:2.5rem}
  .facts{grid-template-columns:1fr;gap:0}
  .facts dd{margin-bottom:.55rem}
  .facts dd:last-child{margin-bottom:0}
  figure .wide{display:none}
  figure .narrow{display:block}
  figure .narrow svg{width:100%;max-width:30rem}
}
@media (min-width:1120px){
  .page{max-width:65rem;display:grid;grid-template-columns:12.5rem minmax(0,1fr);column-gap:4rem;padding-top:4rem}
  .page>*{grid-column:2}
  nav{grid-column:1!important;grid-row:1/span 3;position:sticky;top:4rem;align-self:start;max-height:calc(100vh - 6rem);overflow-y:auto}
}
)css";

constexpr const char* kPaper = R"css(
@page{margin:18mm}
@media print{
  html{color-scheme:light}
  body{font-size:10.5pt}
  .page{display:block;max-width:none;padding:0}
  nav,details,.links{display:none}
  .scroll{overflow:visible}
  figure,.facts,tr{break-inside:avoid}
  h2{break-after:avoid}
  figure .wide{display:block}
  figure .narrow{display:none}
}
)css";

}  // namespace

std::string report_style() {
  const std::string light = theme_variables(light_theme()), dark = theme_variables(dark_theme());
  return ":root{" + light + "}\n@media (prefers-color-scheme:dark){:root{" + dark + "}}\n@media print{:root{" + light +
         "}}" + kLayout + kPaper;
}

}  // namespace genre
