// The load of `cargo xtask soak`: client URL CONNECTIONS SECONDS. Each connection is kept, and sends one request after the
// other; a request is lost that fails or is not answered by what it sent. With 0 seconds it prints what the server's /stats says.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	url := os.Args[1]
	connections, _ := strconv.Atoi(os.Args[2])
	seconds, _ := strconv.Atoi(os.Args[3])
	client := &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections,
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		},
	}
	if seconds == 0 {
		response, err := client.Get(url + "/stats")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		io.Copy(os.Stdout, response.Body)
		return
	}
	var lost, done atomic.Int64
	var failure atomic.Value
	latencies := make([][]time.Duration, connections)
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	var wg sync.WaitGroup
	for i := 0; i < connections; i++ {
		i := i
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 0; time.Now().Before(end); n++ {
				sent := fmt.Sprintf("connection %d request %d", i, n)
				start := time.Now()
				response, err := client.Post(url+"/echo", "text/plain", strings.NewReader(sent))
				var got []byte
				if err == nil {
					got, err = io.ReadAll(response.Body)
					response.Body.Close()
				}
				if err == nil && string(got) != sent {
					err = fmt.Errorf("sent %q, got %q", sent, got)
				}
				if err != nil {
					lost.Add(1)
					failure.Store(err.Error())
					continue
				}
				latencies[i] = append(latencies[i], time.Since(start))
				done.Add(1)
			}
		}()
	}
	wg.Wait()
	var all []time.Duration
	for _, l := range latencies {
		all = append(all, l...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	at := func(part int) int64 { return all[(len(all)-1)*part/1000].Microseconds() }
	fmt.Printf("requests %d\nlost %d\np50 %d\np99 %d\nmax %d\n", done.Load(), lost.Load(), at(500), at(990), at(1000))
	if err := failure.Load(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
