import fc from 'fast-check'
import { parse, type DefaultTreeAdapterTypes as T } from 'parse5'
import { test } from 'vitest'
import { cutRoots } from './roots.ts'
const names=(process.env.NAMES??'div section p li ul ol dl dt dd table tbody thead tr td th caption col colgroup button h1 h2 span x-y script style textarea br img input template svg foreignObject path title ruby rt rp rb rtc form option optgroup object hr noscript main pre article body html head').split(' ')
const tag=fc.tuple(fc.constantFrom(...names),fc.constantFrom(0,0,0,1,1,1,2),fc.constantFrom('','','',' id=r data-reflex-root',' id=s data-reflex-root',' a="</div>"',' a=\'<p>\'',' ID="t" DATA-REFLEX-ROOT=1')).map(([n,k,a])=>{if(/script|style|textarea|noscript|template|title/.test(n))a='';return k===1?`</${n}>`:k===2?`<${n}${a}/>`:`<${n}${a}>`})
const piece=fc.oneof({weight:10,arbitrary:tag},fc.constantFrom('x',' ','<!-- </div> <div> -->','<!-->','</ >','<','<![CDATA[ <div> ]]>'))
const page=fc.array(piece,{maxLength:30}).map(a=>'<!doctype html>'+a.join(''))
function expected(html:string){
 const doc=parse(html,{sourceCodeLocationInfo:true}); const out:any[]=[]
 const body=(doc.childNodes.find(n=>n.nodeName==='html') as T.Element).childNodes.find(n=>n.nodeName==='body') as T.Element|undefined
 if(!body) return undefined
 const all:any[]=[]
 const walk=(n:any)=>{for(const c of n.childNodes??[]){const at=Object.fromEntries((c.attrs??[]).map((a:any)=>[a.name,a.value]));if(at.id&&c.nodeName!=='template'&&'data-reflex-root' in at) all.push({id:at.id,a:c.sourceCodeLocation.startOffset,b:c.sourceCodeLocation.endOffset});walk(c)}}
 walk(body); all.sort((x,y)=>x.a-y.a); let till=-1
 for(const x of all){ if(x.a<till) continue; till=x.b; if(!out.some(o=>o.id===x.id)) out.push({id:x.id,html:html.slice(x.a,x.b)}) }
 return out
}
test('soup',()=>{
 fc.assert(fc.property(page,(html)=>{
  const want=expected(html); if(!want||!want.length) return true
  if (/<body[^>]*id=|<html[^>]*id|<head[^>]*id/i.test(html)) return true
  const got=cutRoots(html).roots
  if(JSON.stringify(got)!==JSON.stringify(want)) throw new Error('\n'+html+'\nwant '+JSON.stringify(want)+'\ngot  '+JSON.stringify(got))
 }),{numRuns:Number(process.env.RUNS??20000),verbose:0})
})
