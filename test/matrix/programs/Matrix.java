import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.file.*;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.*;

/** The matrix's cases with what the JDK brings: java Matrix.java client|client2|connection CASE BASE FILE */
public class Matrix {
  static final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  static final HttpClient client2 = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
  static String how, base, file;

  static String hash(byte[] bytes) throws Exception {
    var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
    var text = new StringBuilder();
    for (int at = 0; at < 6; at++) text.append(String.format("%02x", digest[at]));
    return bytes.length + " " + text;
  }

  static void call(String method, String path, String body) throws Exception {
    if (how.equals("connection")) {
      var connection = (HttpURLConnection) new URL(base + path).openConnection();
      connection.setRequestMethod(method);
      connection.setReadTimeout(30000);
      if (body != null) {
        connection.setDoOutput(true);
        long length = body.equals("FILE") ? Files.size(Path.of(file)) : body.length();
        connection.setFixedLengthStreamingMode(length);
        try (var out = connection.getOutputStream()) {
          if (body.equals("FILE")) Files.copy(Path.of(file), out);
          else out.write(body.getBytes());
        }
      }
      int status = connection.getResponseCode();
      try (var in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
        System.out.println(status + " " + hash(in == null ? new byte[0] : in.readAllBytes()));
      }
      return;
    }
    var publisher = body == null ? HttpRequest.BodyPublishers.noBody()
        : body.equals("FILE") ? HttpRequest.BodyPublishers.ofFile(Path.of(file)) : HttpRequest.BodyPublishers.ofString(body);
    var request = HttpRequest.newBuilder(URI.create(base + path)).method(method, publisher).timeout(Duration.ofSeconds(30)).build();
    var answer = (how.equals("client2") ? client2 : client).send(request, HttpResponse.BodyHandlers.ofByteArray());
    System.out.println(answer.statusCode() + " " + hash(answer.body()));
  }

  public static void main(String[] arguments) throws Exception {
    how = arguments[0];
    base = arguments[2];
    file = arguments[3];
    switch (arguments[1]) {
      case "get" -> { call("GET", "/get", null); call("GET", "/large", null); call("GET", "/empty", null); }
      case "post" -> call("POST", "/post", "FILE");
      case "refusal" -> { call("POST", "/unauthorized", "x".repeat(1000)); call("GET", "/after", null); }
      case "big-refusal" -> {
        try {
          call("POST", "/too-large", "FILE");
        } catch (IOException problem) {
          System.out.println("broken");
        }
        call("GET", "/after", null);
      }
      case "idle" -> { call("GET", "/one", null); Thread.sleep(1200); call("POST", "/two", "small"); }
      case "stream" -> { call("GET", "/stream", null); call("GET", "/events", null); }
      case "upgrade" -> {
        var got = new CompletableFuture<String>();
        var socket = client.newWebSocketBuilder().buildAsync(URI.create(base.replace("http", "ws") + "/socket"), new WebSocket.Listener() {
          public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            got.complete(data.toString());
            return null;
          }
        }).get(30, TimeUnit.SECONDS);
        socket.sendText("hello", true);
        System.out.println(got.get(30, TimeUnit.SECONDS));
        socket.sendClose(1000, "").get(30, TimeUnit.SECONDS);
        try {
          client.newWebSocketBuilder().buildAsync(URI.create(base.replace("http", "ws") + "/upgrade-refused"), new WebSocket.Listener() {}).get(30, TimeUnit.SECONDS);
        } catch (ExecutionException problem) {
          System.out.println(((WebSocketHandshakeException) problem.getCause()).getResponse().statusCode());
        }
      }
    }
    System.exit(0);
  }
}
