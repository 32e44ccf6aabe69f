# Draws bytes.svg beside this script, from any folder: gnuplot bytes.gp
reset
here = ARG0
while (strlen(here) > 0 && here[strlen(here):*] ne '/') { here = here[1:strlen(here) - 1] }
set encoding utf8
set terminal svg noenhanced size 1100,500 font 'sans-serif,14' background rgb 'white'
set output here.'bytes.svg'
set datafile separator tab
set tics nomirror
set grid lc rgb '#dddddd' lt 1 lw 0.5
set border 3 lc rgb '#555555'
$group0 << END
48730	0.27083523
74262	0.280830279
97460	0.285724169
146190	0.289505011
END
$group1 << END
49692	0.288938263
73852	0.300180735
98012	0.304142492
146332	0.306936309
END
$group2 << END
48832	0.276301896
72066	0.288822708
97622	0.293439296
144084	0.301109802
END
$group3 << END
321618	0.287993493
477554	0.295099336
633490	0.296769743
1286472	0.297017882
END
$group4 << END
19492	0.201919654
29238	0.237297895
38984	0.24610124
48730	0.265407467
68222	0.278265435
87714	0.281189617
126698	0.289038975
165682	0.292305567
243650	0.293517674
321618	0.295285585
662728	0.29623868
END
$group5 << END
46492	0.255338821
48838	0.261942232
68222	0.268974254
72060	0.272122667
72066	0.279810651
97460	0.282021091
98982	0.28430094
99006	0.286415101
146190	0.288793964
147802	0.290112705
147826	0.292378181
243650	0.293644953
249112	0.295546759
249130	0.296181846
498134	0.296777832
1286472	0.297163445
END
$group6 << END
39272	0.222626758
43096	0.249163412
55368	0.24929349
78288	0.266582278
78992	0.266648593
82096	0.273444615
94352	0.273521774
156576	0.284750043
157984	0.284796696
164192	0.289245582
188704	0.289354657
314176	0.289684774
320064	0.28977882
320192	0.292991709
344640	0.293121049
639552	0.293157429
END
$group6codes << END
38984	0.256083315
77968	0.276292102
155936	0.289354657
311872	0.293157429
END
$group7 << END
39272	0.263722944
43096	0.270217638
55368	0.270264635
78288	0.280798532
78992	0.280861645
86192	0.286423922
110736	0.28645856
156576	0.293152542
314176	0.294866038
344768	0.295275829
442944	0.295287269
END
$group7codes << END
38984	0.270264635
77968	0.28645856
155936	0.293152542
311872	0.295287269
END
$group8 << END
36086	0.233389579
45832	0.240834042
49730	0.24281671
50964	0.261446343
62660	0.273651996
80202	0.275397441
114054	0.28443026
143292	0.288243674
295329	0.289779741
1004836	0.289783292
END
$group9 << END
41420	0.258596656
49045	0.265839609
50742	0.285298278
68620	0.294669021
80942	0.296494561
170580	0.297294242
256344	0.297376387
END
set logscale x
set xrange [26.3142:5488.9472]
set title 'lightgcn, ml-1m.txt'
set xlabel 'kB that are kept, without ids'
set ylabel 'mean of Recall and NDCG at 5, 10, 20 (test)'
set yrange [0.222741044:]
set key outside right center Left reverse samplen 2 spacing 1.2 width -6 font ',11'
plot 0.296988059 with lines lw 2 dt 2 lc rgb 'black' title 'full tables, float', \
  $group0 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 4 lc rgb '#D55E00' title 'equal sizes, tuned as stored', \
  $group1 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 5 lc rgb '#0072B2' title 'unequal sizes, tuned as stored', \
  $group2 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 6 lc rgb '#009E73' title 'final vectors of small models', \
  $group3 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 7 lc rgb '#CC79A7' title 'table', \
  $group4 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 8 lc rgb '#E69F00' title 'rotation and cut', \
  $group5 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 9 lc rgb '#56B4E9' title 'vectors', \
  $group6 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 10 lc rgb '#D55E00' dt 4 title 'product quantisation', \
  $group6codes using ($1/1000):2 with lines dt 2 lw 1 lc rgb '#D55E00' title 'product quantisation, codes alone', \
  $group7 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 11 lc rgb '#0072B2' dt 4 title 'product quantisation of the table', \
  $group7codes using ($1/1000):2 with lines dt 2 lw 1 lc rgb '#0072B2' title 'product quantisation of the table, codes alone', \
  $group8 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 12 lc rgb '#009E73' dt 4 title 'equal sizes, trained', \
  $group9 using ($1/1000):2 with linespoints lw 2 ps 0.6 pt 13 lc rgb '#CC79A7' dt 4 title 'found sizes, trained'
unset output
