package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

const (
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xA

	maxPayload = 1 << 20
)

var errProtocol = errors.New("the client broke the protocol")

// webSocket gives every message back (RFC 6455, without fragments and extensions).
func (s *service) webSocket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || key == "" {
		s.metrics.webSocketError("handshake")
		http.Error(w, "a WebSocket is expected here", http.StatusUpgradeRequired)
		return
	}
	connection, buffer, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.metrics.webSocketError("handshake")
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer connection.Close()
	digest := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	accept := base64.StdEncoding.EncodeToString(digest[:])
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\n"
	if _, err := io.WriteString(connection, answer); err != nil {
		s.metrics.webSocketError("handshake")
		return
	}
	s.metrics.connected(1)
	defer s.metrics.connected(-1)
	switch err := echo(connection, buffer.Reader); {
	case errors.Is(err, errProtocol):
		s.metrics.webSocketError("protocol")
	case err != nil:
		s.metrics.webSocketError("read")
	}
}

// echo serves a connection until it is closed in order.
func echo(connection net.Conn, reader *bufio.Reader) error {
	for {
		op, payload, err := readFrame(reader)
		if err != nil {
			return err
		}
		switch op {
		case opText, opBinary:
			err = writeFrame(connection, op, payload)
		case opPing:
			err = writeFrame(connection, opPong, payload)
		case opPong:
		case opClose:
			return writeFrame(connection, opClose, payload)
		default:
			return errProtocol
		}
		if err != nil {
			return err
		}
	}
}

func readFrame(reader *bufio.Reader) (op byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(reader, head[:]); err != nil {
		return 0, nil, err
	}
	isFinal, isMasked, length := head[0]&0x80 != 0, head[1]&0x80 != 0, uint64(head[1]&0x7F)
	if !isFinal || !isMasked {
		return 0, nil, errProtocol
	}
	switch length {
	case 126:
		var size [2]byte
		if _, err := io.ReadFull(reader, size[:]); err != nil {
			return 0, nil, err
		}
		length = uint64(binary.BigEndian.Uint16(size[:]))
	case 127:
		var size [8]byte
		if _, err := io.ReadFull(reader, size[:]); err != nil {
			return 0, nil, err
		}
		length = binary.BigEndian.Uint64(size[:])
	}
	if length > maxPayload {
		return 0, nil, errProtocol
	}
	var mask [4]byte
	if _, err := io.ReadFull(reader, mask[:]); err != nil {
		return 0, nil, err
	}
	payload = make([]byte, length)
	if _, err := io.ReadFull(reader, payload); err != nil {
		return 0, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0] & 0x0F, payload, nil
}

func writeFrame(writer io.Writer, op byte, payload []byte) error {
	frame := []byte{0x80 | op}
	switch length := len(payload); {
	case length < 126:
		frame = append(frame, byte(length))
	case length < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(length))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(length))
	}
	_, err := writer.Write(append(frame, payload...))
	return err
}
