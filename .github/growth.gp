# Draws growth.svg beside this script, from any folder: gnuplot growth.gp
reset
here = ARG0
while (strlen(here) > 0 && here[strlen(here):*] ne '/') { here = here[1:strlen(here) - 1] }
set encoding utf8
set terminal svg noenhanced size 900,700 font 'sans-serif,14' background rgb 'white'
set output here.'growth.svg'
set datafile separator tab
set tics nomirror
set grid lc rgb '#dddddd' lt 1 lw 0.5
set border 3 lc rgb '#555555'
set datafile missing NaN
set logscale x 2
set logscale y 10
set format x '2^%L'
set format y '%g'
set key tmargin center horizontal samplen 2
set multiplot layout 2,2
set xlabel 'rows (50 pairs a row, 128 columns)'
set ylabel 'ms'
plot \
  here.'growth.tsv' using (strcol(1) eq 'LightGCN step / rows' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#D55E00' title 'LightGCN step', \
  here.'growth.tsv' using (strcol(1) eq 'full ranking / rows' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#0072B2' title 'full ranking', \
  here.'growth.tsv' using (strcol(1) eq 'projection / rows' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#009E73' title 'projection', \
  here.'growth.tsv' using (strcol(1) eq 'choosing sizes / rows' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#CC79A7' title 'choosing sizes'
set xlabel 'rows'
set ylabel 'MiB held between calls'
plot \
  here.'growth.tsv' using (strcol(1) eq 'LightGCN step / rows' && $3 == 2 ? $2 : NaN):($5*9.53674e-07) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#D55E00' title 'LightGCN step', \
  here.'growth.tsv' using (strcol(1) eq 'full ranking / rows' && $3 == 2 ? $2 : NaN):($5*9.53674e-07) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#0072B2' title 'full ranking', \
  here.'growth.tsv' using (strcol(1) eq 'projection / rows' && $3 == 2 ? $2 : NaN):($5*9.53674e-07) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#009E73' title 'projection', \
  here.'growth.tsv' using (strcol(1) eq 'choosing sizes / rows' && $3 == 2 ? $2 : NaN):($5*9.53674e-07) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#CC79A7' title 'choosing sizes'
set xlabel 'columns (8,192 rows, 50 pairs a row)'
set ylabel 'ms'
plot \
  here.'growth.tsv' using (strcol(1) eq 'LightGCN step / columns' && $3 == 1 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 2 lc rgb '#D55E00' title 'LightGCN step, 1 thread', \
  here.'growth.tsv' using (strcol(1) eq 'LightGCN step / columns' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#D55E00' title 'LightGCN step, 2 threads', \
  here.'growth.tsv' using (strcol(1) eq 'full ranking / columns' && $3 == 1 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 2 lc rgb '#0072B2' title 'full ranking, 1 thread', \
  here.'growth.tsv' using (strcol(1) eq 'full ranking / columns' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#0072B2' title 'full ranking, 2 threads'
set xlabel 'edges (8,192 rows, 128 columns)'
set ylabel 'ms'
plot \
  here.'growth.tsv' using (strcol(1) eq 'LightGCN step / edges' && $3 == 1 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 2 lc rgb '#D55E00' title 'LightGCN step, 1 thread', \
  here.'growth.tsv' using (strcol(1) eq 'LightGCN step / edges' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb '#D55E00' title 'LightGCN step, 2 threads'
unset multiplot
unset output
