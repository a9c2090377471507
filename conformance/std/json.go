// run
// stress

// JSON: round trips through structs, maps and interfaces; custom marshallers; errors.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

type level int

func (l level) MarshalText() ([]byte, error) { return []byte(fmt.Sprint("level-", int(l))), nil }
func (l *level) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "level-%d", (*int)(l))
	return err
}

type base struct {
	ID   int       `json:"id"`
	When time.Time `json:"when"`
}

type doc struct {
	base
	Name   string             `json:"name"`
	Tags   []string           `json:"tags,omitempty"`
	Next   *doc               `json:"next,omitempty"`
	Scores map[string]float64 `json:"scores"`
	Any    interface{}        `json:"any"`
	Level  level              `json:"level"`
	ByLvl  map[level]bool     `json:"by_level"`
	Raw    json.RawMessage    `json:"raw"`
	Skip   int                `json:"-"`
	Str    int64              `json:"str,string"`
	Data   []byte             `json:"data"`
	hidden int
}

func main() {
	d := doc{base: base{7, time.Date(2023, 8, 8, 12, 30, 0, 5000, time.UTC)}, Name: "a <b> \"c\" é\u2028\x01", Tags: []string{"x", "y"},
		Next: &doc{Name: "inner"}, Scores: map[string]float64{"b": 1.5, "a": 1e21, "c": -0.25}, Any: []interface{}{1, nil, "s", map[string]int{"k": 1}},
		Level: 3, ByLvl: map[level]bool{2: true, 1: false}, Raw: json.RawMessage(`{"x": [1, 2]}`), Skip: 1, Str: 99, Data: []byte("bytes")}
	out, err := json.Marshal(d)
	fmt.Println(string(out), err)
	var back doc
	fmt.Println(json.Unmarshal(out, &back))
	again, _ := json.Marshal(back)
	fmt.Println(bytes.Equal(out, again), back.Name == d.Name, back.When.Equal(d.When), back.Next.Name, string(back.Data), back.Any)
	var v interface{}
	fmt.Println(json.Unmarshal([]byte(` {"a":[1,2.5,{"b":null}],"c":true,"d":"\u00e9\ud83d\ude00\n"} `), &v), v)
	pretty, _ := json.MarshalIndent(v, ">", "  ")
	fmt.Println(string(pretty))
	for _, bad := range []string{"", "{", `{"id":"x"}`, `[1,]`, `{"a" 1}`, "nul", `"\x"`, `{"level":"bad"}`, `{"tags":5}`, "1 2"} {
		fmt.Println(json.Unmarshal([]byte(bad), &back))
	}
	dec := json.NewDecoder(strings.NewReader(`{"id":1} {"id":2} [3] {"unknown":1}`))
	for i := 0; i < 3; i++ {
		var x struct{ ID int }
		fmt.Println(dec.Decode(&x), x.ID)
	}
	dec.DisallowUnknownFields()
	fmt.Println(dec.Decode(&struct{}{}), dec.More())
	_, err = json.Marshal(map[string]interface{}{"f": func() {}})
	fmt.Println(err, json.Valid([]byte(`{"a":[]}`)))
}
