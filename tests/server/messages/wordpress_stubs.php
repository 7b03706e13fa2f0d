<?php
// The functions of WordPress that the plugin calls, as they behave there; then one comment is put through its filter.
[ , $plugin, $address, $token, $text, $approved ] = $argv;
define( 'ABSPATH', '/' );
define( 'MODFILTER_URL', $address );
define( 'MODFILTER_TOKEN', $token );
define( 'MODFILTER_DEADLINE_MS', 20000 );

$filters = array();
$sent    = null;
function add_filter( $name, $call, $priority = 10, $arguments = 1 ) {
	$GLOBALS['filters'][ $name ] = $call;
}
function add_action( $name, $call, $priority = 10, $arguments = 1 ) {
	$GLOBALS['filters'][ $name ] = $call;
}
function get_post( $id ) {
	return (object) array( 'ID' => $id, 'post_title' => 'Border closed', 'post_content' => '<p>The border was closed.</p>' );
}
function get_permalink( $post ) {
	return 'https://example.org/?p=' . $post->ID;
}
function get_comment( $id ) {
	$texts = array( 7 => '<b>Handei</b> kuborder', 3 => 'First!' );
	if ( ! isset( $texts[ $id ] ) ) {
		return null;
	}
	return (object) array(
		'comment_ID'      => (string) $id,
		'comment_content' => $texts[ $id ],
		'comment_parent'  => 7 === $id ? '3' : '0',
	);
}
function wp_strip_all_tags( $text ) {
	return trim( strip_tags( $text ) );
}
function wp_json_encode( $value ) {
	return json_encode( $value );
}
function is_wp_error( $answer ) {
	return false === $answer['body'];
}
function wp_remote_post( $url, $options ) {
	$GLOBALS['sent'] = json_decode( $options['body'], true );
	$headers         = array();
	foreach ( $options['headers'] as $name => $value ) {
		$headers[] = "$name: $value";
	}
	$context = stream_context_create(
		array(
			'http' => array(
				'method'        => 'POST',
				'header'        => $headers,
				'content'       => $options['body'],
				'timeout'       => $options['timeout'],
				'ignore_errors' => true,
			),
		)
	);
	$body = @file_get_contents( $url, false, $context );
	$code = isset( $http_response_header ) ? (int) explode( ' ', $http_response_header[0] )[1] : 0;
	return array( 'body' => $body, 'code' => $code );
}
function wp_remote_retrieve_response_code( $answer ) {
	return $answer['code'];
}
function wp_remote_retrieve_body( $answer ) {
	return $answer['body'];
}

require $plugin;
$comment = array(
	'comment_post_ID' => 12,
	'comment_parent'  => 7,
	'comment_author'  => 'Rudo',
	'comment_content' => base64_decode( $text ),
);
$result = $filters['pre_comment_approved']( '1' === $approved ? 1 : $approved, $comment );
echo json_encode( array( 'approved' => $result, 'sent' => $sent ) );
