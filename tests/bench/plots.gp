# series.dat: devices, CPU seconds of floor, floor with packs, unpilot, script; peak MiB of floor, unpilot, script.
set terminal svg size 720,440 dynamic background "white" font "sans-serif,13"
set key outside bottom center horizontal
set grid ytics linetype 1 linewidth 1 linecolor "#dddddd"
set logscale x
set format x "%.0s%c"
set xlabel "devices"
set style data linespoints
set style line 1 linewidth 2 pointtype 7 linecolor "#7f7f7f"
set style line 2 linewidth 2 pointtype 5 linecolor "#bcbd22"
set style line 3 linewidth 2 pointtype 7 linecolor "#1f77b4"
set style line 4 linewidth 2 pointtype 9 linecolor "#d62728"
stats "series.dat" using 1 nooutput
set xrange [STATS_min / 2 : STATS_max * 2]

set output "cpu.svg"
set title "Processor time"
set ylabel "seconds, user and system"
set logscale y
plot "series.dat" using 1:2 linestyle 1 title "floor", \
     "" using 1:3 linestyle 2 title "floor with packs", \
     "" using 1:4 linestyle 3 title "unpilot run", \
     "" using 1:5 linestyle 4 title "script"
unset logscale y

set output "per-device.svg"
set title "Processor time a device"
set ylabel "microseconds"
set yrange [0:*]
plot "series.dat" using 1:($2/$1*1e6) linestyle 1 title "floor", \
     "" using 1:($3/$1*1e6) linestyle 2 title "floor with packs", \
     "" using 1:($4/$1*1e6) linestyle 3 title "unpilot run", \
     "" using 1:($5/$1*1e6) linestyle 4 title "script"

set output "memory.svg"
set title "Peak memory"
set ylabel "MiB"
plot "series.dat" using 1:6 linestyle 1 title "floor", \
     "" using 1:7 linestyle 3 title "unpilot run", \
     "" using 1:8 linestyle 4 title "script"
