// run
// stress

// Buffered reading and writing over readers that give little at a time.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing/iotest"
)

func main() {
	text := "first line\nsecond\r\n\nlast, without an end"
	s := bufio.NewScanner(iotest.OneByteReader(strings.NewReader(text)))
	for s.Scan() {
		fmt.Printf("%q ", s.Text())
	}
	fmt.Println(s.Err())
	s = bufio.NewScanner(strings.NewReader("two  words é"))
	s.Split(bufio.ScanWords)
	for s.Scan() {
		fmt.Print(s.Text(), "|")
	}
	s = bufio.NewScanner(strings.NewReader("é\xffz"))
	s.Split(bufio.ScanRunes)
	for s.Scan() {
		fmt.Printf("%q ", s.Text())
	}
	s = bufio.NewScanner(strings.NewReader(strings.Repeat("x", 100_000)))
	fmt.Println(s.Scan(), s.Err())

	r := bufio.NewReaderSize(iotest.HalfReader(strings.NewReader(text)), 16)
	p, err := r.Peek(5)
	fmt.Println(string(p), err)
	line, err := r.ReadString('\n')
	fmt.Printf("%q %v\n", line, err)
	c, size, err := r.ReadRune()
	fmt.Println(string(c), size, err, r.UnreadRune(), r.UnreadRune())
	_, prefix, err := r.ReadLine()
	fmt.Println(prefix, err, r.Buffered() > 0)
	rest, err := io.ReadAll(r)
	fmt.Printf("%q %v\n", rest, err)
	_, err = bufio.NewReaderSize(strings.NewReader(strings.Repeat("y", 50)), 16).ReadSlice('z')
	fmt.Println(err)

	var buf bytes.Buffer
	w := bufio.NewWriterSize(&buf, 32)
	for i := 0; i < 100; i++ {
		fmt.Fprintf(w, "%d ", i)
	}
	fmt.Println(buf.Len(), w.Buffered(), w.Available())
	w.Flush()
	fmt.Println(buf.Len(), strings.HasSuffix(buf.String(), "98 99 "))
	fail := bufio.NewWriterSize(failing{}, 4)
	_, err = fail.WriteString("too much for it")
	fmt.Println(err, fail.Flush())
	pr, pw := io.Pipe()
	go func() {
		for i := 0; i < 3; i++ {
			fmt.Fprintln(pw, "piped", i)
		}
		pw.CloseWithError(errors.New("the writer is gone"))
	}()
	data, err := io.ReadAll(io.TeeReader(io.LimitReader(pr, 20), io.Discard))
	fmt.Printf("%q %v\n", data, err)
}

type failing struct{}

func (failing) Write(p []byte) (int, error) { return 0, errors.New("no room") }
