package netpoll

import (
	"sync"
	"testing"
)

// Whatever is handed to a task is seen by whoever runs it, and one goroutine at a time
// runs it.
func TestTask(t *testing.T) {
	const givers, gifts = 4, 20_000
	var (
		task   Task
		mu     sync.Mutex
		handed int
		taken  int // unguarded, for the race detector
		wg     sync.WaitGroup
	)
	run := func() {
		for {
			task.ClearNotified()
			mu.Lock()
			taken += handed
			handed = 0
			mu.Unlock()
			if task.Park() {
				return
			}
		}
	}
	for range givers {
		wg.Go(func() {
			for range gifts {
				mu.Lock()
				handed++
				mu.Unlock()
				if task.TryRun() {
					run()
				}
			}
		})
	}
	wg.Wait()
	if taken != givers*gifts {
		t.Errorf("of %d gifts %d were taken", givers*gifts, taken)
	}
	task.Close()
	if task.TryRun() {
		t.Error("a closed task runs")
	}
}
