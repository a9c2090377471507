// run
// stress

// text/template: pipelines, loops, definitions, functions and methods by reflection.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/template"
)

type item struct {
	Name  string
	Price float64
	Tags  map[string]int
	Sub   *item
}

func (i item) Total(n int) float64   { return i.Price * float64(n) }
func (i *item) Upper() string        { return strings.ToUpper(i.Name) }
func (i item) Fail() (string, error) { return "", errors.New("method failed") }

const text = `{{define "row"}}<{{.Name | printf "%-6s"}}|{{printf "%.2f" .Price}}>{{end -}}
{{range $i, $e := .Items}}{{$i}}: {{template "row" $e}} {{with $e.Sub}}has {{.Name}}{{else}}alone{{end}} {{$e.Total 3}} {{$e.Upper}}
{{range $k, $v := .Tags}} {{$k}}={{$v}}{{else}} no tags{{end}}
{{else}}nothing
{{end}}{{if and .Show (gt (len .Items) 1)}}{{len .Items}} items, {{index .Items 0 | name}}{{else if .Show}}one{{end}}
{{block "foot" .}}default foot {{not .Show}}{{end}} {{join .Words ", "}} {{"a" | html | js}} {{.Missing}} {{eq .Count 1 2 3}} {{slice "abcdef" 1 3}} {{call .Func 5}}
{{- range .Words}}{{if eq . "b"}}{{continue}}{{end}} {{.}}{{if eq . "c"}}{{break}}{{end}}{{end}}
`

func main() {
	funcs := template.FuncMap{"join": strings.Join, "name": func(i *item) string { return i.Name }}
	t := template.Must(template.New("main").Funcs(funcs).Parse(text))
	sub := &item{Name: "sub"}
	data := map[string]interface{}{
		"Items": []*item{{"one", 1.5, map[string]int{"z": 1, "a": 2}, sub}, {"two", 2.25, nil, nil}},
		"Show":  true, "Words": []string{"a", "b", "c", "d"}, "Count": 3, "Func": func(n int) int { return n * n },
	}
	if err := t.Execute(os.Stdout, data); err != nil {
		fmt.Println(err)
	}
	data["Items"] = []*item{}
	fmt.Println(t.Execute(os.Stdout, data))
	for _, bad := range []string{"{{", "{{.X", "{{range}}", "{{end}}", "{{nofunc}}", "{{template}}", "{{1 | 2}}"} {
		_, err := template.New("bad").Parse(bad)
		fmt.Println(err)
	}
	for _, bad := range []string{"{{.Fail}}", "{{.Nothing}}", "{{index .Tags 1}}", "{{.Total}}", `{{.Name.X}}`, `{{template "none"}}`} {
		t := template.Must(template.New("run").Parse(bad))
		fmt.Println(t.Execute(&strings.Builder{}, &item{Name: "n"}))
	}
}
