import java.io.ByteArrayOutputStream;
import java.net.*;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** Asks each address with what the JDK brings: java LocalAddresses.java KIND=ADDRESS …; prints “program kind status”. */
public class LocalAddresses {
  interface Ask {
    int status(String address) throws Exception;
  }

  static final HttpClient client = HttpClient.newHttpClient();

  static int httpClient(String address) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(address + "/java")).timeout(Duration.ofSeconds(20)).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  static int urlConnection(String address) throws Exception {
    var connection = (HttpURLConnection) new URL(address + "/java").openConnection();
    connection.setReadTimeout(20000);
    int status = connection.getResponseCode();
    connection.getInputStream().readAllBytes();
    return status;
  }

  /** The JDK has no HTTP client for these, but channels that programs use. */
  static int unixChannel(String path) throws Exception {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      channel.write(ByteBuffer.wrap("GET /java HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes()));
      var got = new ByteArrayOutputStream();
      var buffer = ByteBuffer.allocate(4096);
      while (channel.read(buffer) >= 0) {
        got.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
      return Integer.parseInt(got.toString().split(" ")[1]);
    }
  }

  static void show(String program, String kind, String address, Ask ask) {
    try {
      System.out.println(program + " " + kind + " " + ask.status(address));
    } catch (Exception problem) {
      var cause = problem;
      while (cause.getCause() instanceof Exception inner) cause = inner;
      var unresolved = cause instanceof UnknownHostException || cause instanceof java.nio.channels.UnresolvedAddressException;
      System.out.println(program + " " + kind + " " + (unresolved ? "unresolved" : cause));
    }
  }

  public static void main(String[] arguments) {
    for (var argument : arguments) {
      var parts = argument.split("=", 2);
      if (parts[0].equals("unix")) {
        show("SocketChannel", parts[0], parts[1], LocalAddresses::unixChannel);
      } else {
        show("HttpClient", parts[0], parts[1], LocalAddresses::httpClient);
        show("HttpURLConnection", parts[0], parts[1], LocalAddresses::urlConnection);
      }
    }
  }
}
