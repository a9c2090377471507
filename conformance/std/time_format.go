// run

// Dates: formatting, parsing, arithmetic, durations, zones without a database.
package main

import (
	"fmt"
	"time"
)

func main() {
	t := time.Date(2024, time.February, 29, 23, 5, 9, 123456789, time.UTC)
	for _, layout := range []string{time.RFC3339Nano, time.RFC1123Z, time.ANSIC, time.Kitchen, "2006-01-02 15:04:05.000 Monday Jan _2 PM .999999999", "02/01/06 3:4:5", "__2 002"} {
		fmt.Println(t.Format(layout))
	}
	zone := time.FixedZone("HERE", -(3*3600 + 30*60))
	fmt.Println(t.In(zone), t.In(zone).Equal(t), t.In(zone) == t)
	for _, s := range []string{"2023-12-31T23:59:60Z", "2023-02-29T00:00:00Z", "2024-02-29T12:00:00.5+05:45", "nonsense", "2024-13-01T00:00:00Z"} {
		p, err := time.Parse(time.RFC3339, s)
		fmt.Println(p.UTC(), err)
	}
	fmt.Println(t.AddDate(1, 0, 0), t.AddDate(0, 1, 1).Weekday(), t.YearDay(), t.Unix(), t.UnixNano())
	y, w := t.ISOWeek()
	fmt.Println(y, w, t.Truncate(time.Hour).Format(time.TimeOnly), t.Round(time.Minute).Format(time.DateTime), t.Month(), int(t.Month()))
	fmt.Println(t.Add(-48*time.Hour).Format(time.DateOnly), t.Sub(t.AddDate(-1, 0, 0)), t.Before(t.Add(1)), t.Compare(t), time.Time{}.IsZero(), time.Time{})
	for _, d := range []time.Duration{0, 1, 1500, 2 * time.Millisecond, 90 * time.Second, 25*time.Hour + 1, -time.Minute, 1<<63 - 1, -1 << 63} {
		fmt.Print(d, " ", d.Round(time.Second), " ", d.Truncate(time.Minute), "; ")
	}
	fmt.Println()
	for _, s := range []string{"1h2m3.5s", "-1.5h", "100us", "", "3", "1x", "9999999h"} {
		d, err := time.ParseDuration(s)
		fmt.Println(d, err, d.Hours())
	}
	out, _ := t.MarshalJSON()
	var back time.Time
	fmt.Println(string(out), back.UnmarshalJSON(out), back.Equal(t))
	fmt.Println(time.Unix(1<<33, 5).UTC(), time.UnixMilli(-1).UTC(), time.Date(2023, 14, 35, 25, 61, 61, 0, time.UTC))
}
