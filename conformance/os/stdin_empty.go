// run

// Reading from an empty standard input: the end comes at once, in every way of reading.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

func main() {
	buf := make([]byte, 10)
	n, err := os.Stdin.Read(buf)
	fmt.Println(n, err)
	data, err := io.ReadAll(os.Stdin)
	fmt.Println(len(data), err)
	s := bufio.NewScanner(os.Stdin)
	fmt.Println(s.Scan(), s.Err())
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	fmt.Printf("%q %v\n", line, err)
	var x int
	n, err = fmt.Scan(&x)
	fmt.Println(n, err)
	n, err = fmt.Scanln(&x)
	fmt.Println(n, err)
	fmt.Println(os.Stdin.Name(), os.Stdin.Fd(), os.Stdout.Fd(), os.Stderr.Fd())
}
