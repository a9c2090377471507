// run
// stress

// Package bytes: buffers, splitting, comparing, replacing.
package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

func main() {
	var b bytes.Buffer
	for i := 0; i < 500; i++ {
		fmt.Fprintf(&b, "%03d|", i)
		if i%3 == 0 {
			b.Next(4)
		}
	}
	fmt.Println(b.Len(), string(b.Bytes()[:8]))
	line, err := b.ReadString('|')
	fmt.Println(line, err, b.UnreadByte(), b.Len())
	b.Truncate(10)
	n, err := b.WriteTo(io.Discard)
	fmt.Println(n, err, b.Len())
	_, err = b.ReadByte()
	fmt.Println(err)
	m, err := b.ReadFrom(strings.NewReader(strings.Repeat("z", 3000)))
	fmt.Println(m, err, b.Len(), b.Cap() >= 3000)
	x := []byte("alpha,beta,,gamma")
	parts := bytes.Split(x, []byte(","))
	fmt.Printf("%q %q\n", parts, bytes.Join(parts, []byte("+")))
	_ = append(parts[0], "XX"...) // the parts have no room to write into each other
	fmt.Printf("%s %q\n", x, bytes.Fields([]byte(" a  b ")))
	fmt.Println(bytes.Compare([]byte("a"), []byte("b")), bytes.Equal(nil, []byte{}), bytes.HasSuffix(x, []byte("gamma")), bytes.Contains(x, []byte("ta,,")))
	fmt.Printf("%s %s %s\n", bytes.ToUpper(x), bytes.ReplaceAll(x, []byte("a"), []byte("AA")), bytes.Title([]byte("two words")))
	fmt.Printf("%s|%s|%s\n", bytes.TrimSpace([]byte("\n x \t")), bytes.Trim([]byte("--y--"), "-"), bytes.Repeat([]byte("ab"), 4))
	fmt.Println(bytes.IndexAny(x, "zgb"), bytes.LastIndex(x, []byte("a")), bytes.Count(x, nil), bytes.Runes([]byte("é世")))
	r := bytes.NewReader(x)
	pos, err := r.Seek(6, io.SeekStart)
	four := make([]byte, 4)
	io.ReadFull(r, four)
	fmt.Println(pos, err, string(four), r.Len(), r.Size())
	defer func() { fmt.Println(recover()) }()
	b.Grow(-1)
}
