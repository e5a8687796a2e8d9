# The matrix's cases with Perl's HTTP::Tiny: matrix.pl CASE BASE FILE
use strict;
use warnings;
use Digest::SHA 'sha256_hex';
use HTTP::Tiny;

my ($what, $base, $path) = @ARGV;
my $http = HTTP::Tiny->new(timeout => 30, keep_alive => 1);

sub call {
  my ($method, $target, $content) = @_;
  my $answer = $http->request($method, $base . $target, defined $content ? { content => $content } : {});
  my $body = $answer->{content} // '';
  print "$answer->{status} ", length $body, ' ', substr(sha256_hex($body), 0, 12), "\n";
}

if ($what eq 'get') { call('GET', $_) for '/get', '/large', '/empty' }
if ($what eq 'post' || $what eq 'big-refusal') {
  open my $file, '<:raw', $path or die;
  local $/;
  call('POST', $what eq 'post' ? '/post' : '/too-large', scalar <$file>);
  call('GET', '/after') if $what eq 'big-refusal';
}
if ($what eq 'refusal') { call('POST', '/unauthorized', 'x' x 1000); call('GET', '/after') }
if ($what eq 'idle') { call('GET', '/one'); sleep 2; call('POST', '/two', 'small') }
if ($what eq 'stream') { call('GET', $_) for '/stream', '/events' }
