package jetstream

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
)

// The names that a chat has on its nats-servers. Only the servers may publish to liveSubject.
const (
	streamName  = "chat"
	logSubject  = "chat.log"
	liveSubject = "live.log"
	clusterKey  = "chatd.cluster" // in the stream's metadata: which chat it is
)

// settings returns what the stream is made with.
func (c *Config) settings() js.StreamConfig {
	return js.StreamConfig{
		Name: streamName, Subjects: []string{logSubject}, Description: "the log of a chat: chatd alone writes and purges it",
		Retention: js.LimitsPolicy, Storage: js.FileStorage, Replicas: c.replicas(),
		Discard: js.DiscardNew, MaxBytes: c.maxBytes(), MaxMsgs: -1, MaxMsgsPerSubject: -1, MaxMsgSize: -1, MaxConsumers: -1,
		DenyDelete: true, AllowDirect: true,
		RePublish: &js.RePublish{Source: logSubject, Destination: liveSubject},
		Metadata:  map[string]string{clusterKey: newChat()},
	}
}

// newChat returns what names a new chat.
func newChat() string {
	var id [16]byte
	rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// openStream returns the stream, which is made if there is none, unless it has settings that
// would lose or change records.
func (c *Config) openStream(ctx context.Context, servers js.JetStream) (js.Stream, error) {
	stream, err := servers.Stream(ctx, streamName)
	if errors.Is(err, js.ErrStreamNotFound) {
		c.Log.Info("creating the stream", "stream", streamName, "replicas", c.replicas(), "max_bytes", c.maxBytes())
		stream, err = servers.CreateStream(ctx, c.settings())
	}
	if errors.Is(err, js.ErrStreamNameAlreadyInUse) { // another chatd was first
		stream, err = servers.Stream(ctx, streamName)
	}
	if err != nil {
		return nil, fmt.Errorf("the stream %s: %w", streamName, err)
	}
	return stream, c.checkStream(stream.CachedInfo().Config)
}

// checkStream refuses a stream with other settings than chatd makes.
func (c *Config) checkStream(has js.StreamConfig) error {
	var wrong []string
	unless := func(is bool, format string, args ...any) {
		if is {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	unless(len(has.Subjects) != 1 || has.Subjects[0] != logSubject, "subjects are %v, not %s", has.Subjects, logSubject)
	unless(has.Storage != js.FileStorage, "storage is memory, not file")
	unless(has.Retention != js.LimitsPolicy, "retention is %v, not limits", has.Retention)
	unless(has.Discard != js.DiscardNew, "discard is %v, not new", has.Discard)
	unless(has.MaxAge != 0 || has.MaxMsgs > 0 || has.MaxMsgsPerSubject > 0, "records end by age or number")
	unless(has.Mirror != nil || len(has.Sources) > 0 || has.SubjectTransform != nil, "it is a mirror, or takes records from elsewhere")
	unless(!has.DenyDelete, "single records may be deleted")
	unless(!has.AllowDirect, "direct access is off")
	unless(!republishes(has.RePublish), "records are not republished from %s to %s", logSubject, liveSubject)
	unless(has.MaxMsgSize > 0 && int(has.MaxMsgSize) < maxRecord, "records may have %d bytes, not %d", has.MaxMsgSize, maxRecord)
	unless(has.PersistMode == js.AsyncPersistMode, "records are written asynchronously")
	unless(has.Metadata[clusterKey] == "", "it is no chat's")
	unless(has.Replicas < c.replicas(), "it has %d replicas, not %d (--nats-replicas)", has.Replicas, c.replicas())
	unless(c.MaxBytes != 0 && has.MaxBytes != c.MaxBytes, "its limit is %d bytes, not %d (--nats-max-bytes)", has.MaxBytes, c.MaxBytes)
	if wrong == nil {
		return nil
	}
	return refuse("the stream %s has other settings than chatd needs: %s; `nats stream edit %s` changes them, or give chatd a NATS account of its own", streamName, strings.Join(wrong, "; "), streamName)
}

// republishes reports whether what is stored is delivered as live records.
func republishes(r *js.RePublish) bool {
	return r != nil && r.Source == logSubject && r.Destination == liveSubject && !r.HeadersOnly
}

// leaderEntry returns a record as the stream's leader has it. A direct get, which is what
// Stream.GetMsg makes here, may be answered by a replica that is behind. js.ErrMsgNotFound.
func (c *Cluster) leaderEntry(ctx context.Context, seq uint64) (e entry, err error) {
	m, err := c.conn.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+streamName, fmt.Appendf(nil, `{"seq":%d}`, seq))
	if err != nil {
		return e, err
	}
	var answer struct {
		Error   *js.APIError
		Message struct {
			Data []byte
			Time time.Time
		}
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return e, err
	}
	if answer.Error != nil && answer.Error.ErrorCode == js.JSErrCodeMessageNotFound {
		return e, js.ErrMsgNotFound
	}
	if answer.Error != nil {
		return e, answer.Error
	}
	return entry{seq, answer.Message.Time, answer.Message.Data}, nil
}
