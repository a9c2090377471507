// run
// stress

// gzip and flate, there and back, and damaged input.
package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
)

func main() {
	text := strings.Repeat("the quick brown fox jumps over the lazy dog. ", 300)
	for _, level := range []int{gzip.NoCompression, gzip.BestSpeed, gzip.BestCompression, gzip.HuffmanOnly} {
		var buf bytes.Buffer
		w, err := gzip.NewWriterLevel(&buf, level)
		if err != nil {
			fmt.Println(err)
			continue
		}
		w.Name = "fox"
		for i := 0; i < len(text); i += 777 {
			w.Write([]byte(text[i:min(i+777, len(text))]))
		}
		w.Close()
		size := buf.Len()
		r, err := gzip.NewReader(&buf)
		if err != nil {
			fmt.Println(err)
			continue
		}
		back, err := io.ReadAll(r)
		fmt.Println(level, size < len(text) || level == 0, string(back) == text, err, r.Name)
	}
	var buf bytes.Buffer
	fw, _ := flate.NewWriterDict(&buf, 9, []byte("the lazy dog"))
	io.WriteString(fw, "the lazy dog sleeps")
	fw.Close()
	back, err := io.ReadAll(flate.NewReaderDict(bytes.NewReader(buf.Bytes()), []byte("the lazy dog")))
	fmt.Println(string(back), err, buf.Len())

	var z bytes.Buffer
	zw := gzip.NewWriter(&z)
	io.WriteString(zw, text)
	zw.Close()
	whole := z.Bytes()
	for _, cut := range []int{0, 5, 20, len(whole) - 3} {
		r, err := gzip.NewReader(bytes.NewReader(whole[:cut]))
		if err == nil {
			_, err = io.ReadAll(r)
		}
		fmt.Println(err, errors.Is(err, io.ErrUnexpectedEOF))
	}
	whole[len(whole)-5] ^= 1
	r, _ := gzip.NewReader(bytes.NewReader(whole))
	_, err = io.ReadAll(r)
	fmt.Println(err)
}
