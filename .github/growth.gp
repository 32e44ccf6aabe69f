# gnuplot growth.gp makes growth.svg of growth.tsv
set terminal svg size 900,700 font 'sans,12' background 'white'
set output 'growth.svg'
set datafile separator '\t'
set datafile missing NaN
set logscale x 2
set logscale y 10
set format x '2^{%L}'
set format y '%g'
set grid lc rgb '#dddddd'
set key tmargin center horizontal samplen 2
set border 3
set tics nomirror
set multiplot layout 2,2
colours = '#1b6ca8 #c0392b #2e8b57 #8e44ad'
set xlabel 'rows (50 pairs a row, 128 columns)'
set ylabel 'ms'
plot \
  'growth.tsv' using (strcol(1) eq 'LightGCN step / rows' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,1) title 'LightGCN step', \
  'growth.tsv' using (strcol(1) eq 'full ranking / rows' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,2) title 'full ranking', \
  'growth.tsv' using (strcol(1) eq 'projection / rows' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,3) title 'projection', \
  'growth.tsv' using (strcol(1) eq 'choosing sizes / rows' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,4) title 'choosing sizes'
set xlabel 'rows'
set ylabel 'MiB held between calls'
plot \
  'growth.tsv' using (strcol(1) eq 'LightGCN step / rows' && $3 == 2 ? $2 : NaN):($5*9.53674e-07) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,1) title 'LightGCN step', \
  'growth.tsv' using (strcol(1) eq 'full ranking / rows' && $3 == 2 ? $2 : NaN):($5*9.53674e-07) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,2) title 'full ranking', \
  'growth.tsv' using (strcol(1) eq 'projection / rows' && $3 == 2 ? $2 : NaN):($5*9.53674e-07) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,3) title 'projection', \
  'growth.tsv' using (strcol(1) eq 'choosing sizes / rows' && $3 == 2 ? $2 : NaN):($5*9.53674e-07) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,4) title 'choosing sizes'
set xlabel 'columns (8,192 rows, 50 pairs a row)'
set ylabel 'ms'
plot \
  'growth.tsv' using (strcol(1) eq 'LightGCN step / columns' && $3 == 1 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 2 lc rgb word(colours,1) title 'LightGCN step, 1 thread', \
  'growth.tsv' using (strcol(1) eq 'LightGCN step / columns' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,1) title 'LightGCN step, 2 threads', \
  'growth.tsv' using (strcol(1) eq 'full ranking / columns' && $3 == 1 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 2 lc rgb word(colours,2) title 'full ranking, 1 thread', \
  'growth.tsv' using (strcol(1) eq 'full ranking / columns' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,2) title 'full ranking, 2 threads'
set xlabel 'edges (8,192 rows, 128 columns)'
set ylabel 'ms'
plot \
  'growth.tsv' using (strcol(1) eq 'LightGCN step / edges' && $3 == 1 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 2 lc rgb word(colours,1) title 'LightGCN step, 1 thread', \
  'growth.tsv' using (strcol(1) eq 'LightGCN step / edges' && $3 == 2 ? $2 : NaN):($4*1) with linespoints pt 7 ps 0.5 lw 2 dt 1 lc rgb word(colours,1) title 'LightGCN step, 2 threads'
unset multiplot
