// run

// Regular expressions: matching, groups, replacement, splitting, bad patterns.
package main

import (
	"fmt"
	"regexp"
	"strings"
)

func main() {
	re := regexp.MustCompile(`(?P<key>\w+)\s*=\s*(?P<val>"[^"]*"|\d+)`)
	text := `a = 1, name="x y" , b=  22;c=`
	fmt.Printf("%q\n", re.FindAllString(text, -1))
	fmt.Printf("%q\n", re.FindStringSubmatch(text))
	fmt.Println(re.FindAllStringSubmatchIndex(text, 2), re.SubexpNames(), re.NumSubexp())
	fmt.Println(re.ReplaceAllString(text, "${val}<-$key"))
	fmt.Println(re.ReplaceAllStringFunc(text, strings.ToUpper), re.ReplaceAllLiteralString(text, "$1"))
	for _, c := range [][2]string{
		{`^a+b*$`, "aaab"}, {`a.c`, "a\nc"}, {`(?s)a.c`, "a\nc"}, {`(?i)HeLLo`, "say hello"}, {`\bfoo\b`, "a foo b"}, {`[^a-z]`, "abc"},
		{`(a|ab)(c|bcd)`, "abcd"}, {`x{2,3}`, "xxxx"}, {`a*?b`, "aab"}, {`\p{Greek}+`, "abc αβγ"}, {`(?m)^b$`, "a\nb\nc"}, {``, "x"}, {`é+`, "caféé"},
	} {
		re := regexp.MustCompile(c[0])
		fmt.Printf("%s %q %v; ", c[0], re.FindString(c[1]), re.FindStringIndex(c[1]))
	}
	fmt.Println()
	fmt.Println(regexp.MustCompile(`(a+)(b+)?`).FindAllStringSubmatch("aab ab a", -1))
	fmt.Printf("%q\n", regexp.MustCompile(`[,;]\s*`).Split("a, b;c,,d", -1))
	for _, bad := range []string{`(`, `*a`, `[z-a]`, `a{1001}`, `\8`, `(?P<n>`} {
		_, err := regexp.Compile(bad)
		fmt.Println(err)
	}
	long := strings.Repeat("ab", 5000) + "c"
	fmt.Println(len(regexp.MustCompile(`(ab)*c`).FindString(long)), regexp.MustCompile(`(a?){20}a{20}`).MatchString(strings.Repeat("a", 20)))
	fmt.Println(regexp.QuoteMeta("a.b*[c]"), regexp.MustCompile(`longest|long`).FindString("longest"), regexp.MustCompilePOSIX(`long|longest`).FindString("longest"))
}
