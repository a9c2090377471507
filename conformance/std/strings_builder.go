// run
// stress

// Building, splitting, replacing and mapping strings.
package main

import (
	"fmt"
	"strings"
	"unicode"
)

func main() {
	var b strings.Builder
	for i := 0; i < 1000; i++ {
		fmt.Fprintf(&b, "%d,", i)
		b.WriteByte(';')
		b.WriteRune('é')
		b.WriteString("x")
	}
	s := b.String()
	fmt.Println(len(s), strings.Count(s, "é"), b.Len() == len(s), b.Cap() >= b.Len(), s[len(s)-8:])
	b.Reset()
	b.Grow(100)
	b.WriteString("again")
	fmt.Println(b.String(), b.Cap() >= 100)
	func() {
		defer func() { fmt.Println(recover()) }()
		c := b
		c.WriteString("copied")
	}()
	fmt.Println(strings.Split("a,b,,c", ","), len(strings.Split("", ",")), strings.SplitAfter("a-b-c", "-"), strings.Split("héy", ""))
	fmt.Println(strings.NewReplacer("a", "1", "b", "2", "abc", "no", "<", "&lt;").Replace("abc<cab>"), strings.ReplaceAll("aaaa", "aa", "b"), strings.Replace("aaaa", "a", "b", 2))
	fmt.Println(strings.ToUpper("straße é"), strings.ToLower("ÀÉÎ ABC"), strings.Title("two words"), strings.Repeat("ab", 3))
	fmt.Println(strings.TrimFunc("123abc456", unicode.IsDigit), strings.Trim("xxhixx", "x"), strings.TrimSpace("\t a b \n"), strings.TrimPrefix("prefix-x", "prefix-"), strings.TrimRight("a00", "0"))
	before, after, found := strings.Cut("key=value=x", "=")
	fmt.Println(before, after, found, strings.Join([]string{"a", "b"}, "--"), strings.Map(func(r rune) rune {
		if r == 'a' {
			return -1
		}
		return r + 1
	}, "banana"))
	fmt.Println(strings.FieldsFunc("a1b22c", unicode.IsDigit), strings.HasPrefix(s, "0,"), strings.ContainsAny("hello", "xyz"), strings.LastIndex("go gopher", "go"))
	fmt.Println(strings.ToValidUTF8("a\xffb", "?"), strings.Clone("x"), strings.EqualFold("ǅ", "ǆ"))
}
