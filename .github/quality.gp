# Draws quality.svg beside this script, from any folder: gnuplot quality.gp
reset
here = ARG0
while (strlen(here) > 0 && here[strlen(here):*] ne '/') { here = here[1:strlen(here) - 1] }
set encoding utf8
set terminal svg noenhanced size 860,460 font 'sans-serif,14' background rgb 'white'
set output here.'quality.svg'
set datafile separator tab
set tics nomirror
set grid lc rgb '#dddddd' lt 1 lw 0.5
set border 3 lc rgb '#555555'
# Lines of the data with the same first column are averaged. The mean of several seeds:
#   cat run1/quality.tsv run2/quality.tsv run3/quality.tsv > mean/quality.tsv
#   cp run1/quality.gp mean && gnuplot mean/quality.gp
data = here.'quality.tsv'
stats data using 2 nooutput
full = STATS_mean
low = full
high = full
do for [c = 3:11] {
  stats data using c nooutput
  if (STATS_min < low) { low = STATS_min }
  if (STATS_max > high) { high = STATS_max }
}
stats data using 1 nooutput
pad = STATS_max > STATS_min ? 0.05 * (STATS_max - STATS_min) : 1
set xrange [STATS_min - pad:STATS_max + pad]
pad = high > low ? 0.06 * (high - low) : 0.01 * abs(high) + 1e-6
set yrange [low - pad:high + pad]
set title 'lightgcn, ml-1m.txt'
set xlabel 'numbers removed (%)'
set ylabel 'mean of Recall and NDCG at 5, 10, 20 (test)'
set key outside right center Left reverse samplen 3 spacing 1.3
plot full with lines lw 2 dt 2 lc rgb 'black' title 'full tables', \
  data using 1:3 smooth unique with linespoints lw 1.5 dt 3 pt 4 ps 0.8 lc rgb '#0072B2' title 'equal, scratch', \
  data using 1:4 smooth unique with linespoints lw 1.5 pt 5 ps 0.8 lc rgb '#0072B2' title 'equal, warm', \
  data using 1:5 smooth unique with linespoints lw 1.5 dt 3 pt 8 ps 0.8 lc rgb '#009E73' title 'random, scratch', \
  data using 1:6 smooth unique with linespoints lw 1.5 pt 9 ps 0.8 lc rgb '#009E73' title 'random, warm', \
  data using 1:7 smooth unique with linespoints lw 1.5 dt 3 pt 10 ps 0.8 lc rgb '#CC79A7' title 'frequency, scratch', \
  data using 1:8 smooth unique with linespoints lw 1.5 pt 11 ps 0.8 lc rgb '#CC79A7' title 'frequency, warm', \
  data using 1:9 smooth unique with linespoints lw 1.5 dt 3 pt 12 ps 0.8 lc rgb '#E69F00' title 'tail-energy, scratch', \
  data using 1:10 smooth unique with linespoints lw 1.5 pt 13 ps 0.8 lc rgb '#E69F00' title 'tail-energy, warm', \
  data using 1:11 smooth unique with linespoints lw 3 pt 7 ps 0.8 lc rgb '#D55E00' title 'ciess'
unset output
