# The matrix's cases with Ruby's Net::HTTP: matrix.rb CASE BASE FILE
require 'digest'
require 'net/http'

what, base, path = ARGV
uri = URI(base)
show = ->(answer, body) { puts "#{answer.code} #{body.bytesize} #{Digest::SHA256.hexdigest(body)[0, 12]}" }
Net::HTTP.start(uri.host, uri.port, nil, read_timeout: 30) do |http|
  http.keep_alive_timeout = 30
  call = lambda do |method, target, body = nil|
    request = Net::HTTPGenericRequest.new(method, !body.nil?, true, target)
    request.body = body
    http.request(request) { |answer| show.call(answer, answer.read_body.to_s) }
  end
  case what
  when 'get' then ['/get', '/large', '/empty'].each { |target| call.call('GET', target) }
  when 'post', 'big-refusal'
    request = Net::HTTP::Post.new(what == 'post' ? '/post' : '/too-large', 'Content-Length' => File.size(path).to_s)
    request.body_stream = File.open(path)
    begin
      http.request(request) { |answer| show.call(answer, answer.read_body.to_s) }
    rescue SystemCallError, IOError => problem
      raise if what == 'post'
      puts 'broken'
    end
    Net::HTTP.get_response(uri + '/after') { |answer| show.call(answer, answer.read_body.to_s) } if what != 'post'
  when 'refusal'
    call.call('POST', '/unauthorized', 'x' * 1000)
    call.call('GET', '/after')
  when 'idle'
    call.call('GET', '/one')
    sleep 1.2
    call.call('GET', '/two')
  when 'stream' then ['/stream', '/events'].each { |target| call.call('GET', target) }
  end
end
